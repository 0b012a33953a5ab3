package dev.gatun.server.metrics;

import dev.gatun.engine.api.EngineObserver;
import dev.gatun.engine.api.FinishReason;
import dev.gatun.engine.api.GenerateRequest;
import dev.gatun.engine.api.RefusalReason;
import dev.gatun.engine.api.RequestOrigin;
import dev.gatun.engine.api.RequestStats;
import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.datapoints.DistributionDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Histograms of one engine, and counters of what its snapshot does not have; there with 0 from the
 * start, but for those whose buckets depend on the model. The observer runs on the engine thread
 * and touches only data points made before.
 */
final class EngineMetrics {
  private static final double NANOS_PER_SECOND = 1e9;

  private final Instruments instruments;
  private final DistributionDataPoint timeToFirstToken;
  private final DistributionDataPoint interTokenLatency;
  private final DistributionDataPoint timePerOutputToken;
  private final DistributionDataPoint endToEnd;
  private final DistributionDataPoint queueTime;
  private final DistributionDataPoint prefillTime;
  private final DistributionDataPoint decodeTime;
  private final DistributionDataPoint inferenceTime;
  private final DistributionDataPoint numSamples;
  private final DistributionDataPoint numPreemptions;
  private final DistributionDataPoint stepTokens;
  private final DistributionDataPoint stepDuration;
  private final Map<FinishReason, CounterDataPoint> finished = new EnumMap<>(FinishReason.class);
  private final Map<RefusalReason, CounterDataPoint> refused = new EnumMap<>(RefusalReason.class);

  /**
   * Registers them.
   *
   * @param legacyNames whether the names that vLLM has retired are shown
   */
  EngineMetrics(Instruments instruments, boolean legacyNames) {
    this.instruments = instruments;
    Histogram interToken = instruments.histogram(VllmMetric.INTER_TOKEN_LATENCY, 0);
    Histogram queue = instruments.histogram(VllmMetric.REQUEST_QUEUE_TIME, 0);
    if (legacyNames) {
      instruments.alias(interToken, LegacyMetric.TIME_PER_OUTPUT_TOKEN);
      instruments.alias(queue, LegacyMetric.TIME_IN_QUEUE);
    }
    interTokenLatency = interToken.labelValues(instruments.labels(VllmMetric.INTER_TOKEN_LATENCY));
    queueTime = queue.labelValues(instruments.labels(VllmMetric.REQUEST_QUEUE_TIME));
    timeToFirstToken = histogram(VllmMetric.TIME_TO_FIRST_TOKEN, 0);
    timePerOutputToken = histogram(VllmMetric.REQUEST_TIME_PER_OUTPUT_TOKEN, 0);
    endToEnd = histogram(VllmMetric.E2E_REQUEST_LATENCY, 0);
    prefillTime = histogram(VllmMetric.REQUEST_PREFILL_TIME, 0);
    decodeTime = histogram(VllmMetric.REQUEST_DECODE_TIME, 0);
    inferenceTime = histogram(VllmMetric.REQUEST_INFERENCE_TIME, 0);
    numSamples = histogram(VllmMetric.REQUEST_PARAMS_N, 0);
    numPreemptions = histogram(VllmMetric.REQUEST_NUM_PREEMPTIONS, 0);
    stepTokens = histogram(VllmMetric.ITERATION_TOKENS, 0);
    stepDuration = histogram(GatunMetric.STEP_DURATION, 0);
    countFinished();
    countRefused();
  }

  private DistributionDataPoint histogram(MetricName metric, int maxModelLen) {
    return instruments.histogram(metric, maxModelLen).labelValues(instruments.labels(metric));
  }

  /** vLLM has reasons that Gatun never gives; dashboards want to see their zeros. */
  private void countFinished() {
    Counter counter = instruments.counter(VllmMetric.REQUEST_SUCCESS);
    for (String value : VllmMetric.REQUEST_SUCCESS.row().labels().getLast().values()) {
      counter.initLabelValues(instruments.labels(VllmMetric.REQUEST_SUCCESS, value));
    }
    for (FinishReason reason : FinishReason.values()) {
      finished.put(
          reason,
          counter.labelValues(instruments.labels(VllmMetric.REQUEST_SUCCESS, reason.wireName())));
    }
  }

  private void countRefused() {
    Counter counter = instruments.counter(VllmMetric.ADMISSION_REJECTIONS);
    for (RefusalReason reason : RefusalReason.values()) {
      refused.put(
          reason,
          counter.labelValues(
              instruments.labels(VllmMetric.ADMISSION_REJECTIONS, reason.wireName())));
    }
  }

  /**
   * Registers the rest and gives what feeds all; called once.
   *
   * @param maxModelLen upper end of the token histograms
   */
  EngineObserver observer(int maxModelLen) {
    return new Observer(maxModelLen);
  }

  private final class Observer implements EngineObserver {
    private final DistributionDataPoint promptTokens;
    private final DistributionDataPoint outputTokens;
    private final DistributionDataPoint maxTokens;
    private final DistributionDataPoint maxOutputTokens;
    private final DistributionDataPoint computedPromptTokens;

    Observer(int maxModelLen) {
      promptTokens = histogram(VllmMetric.REQUEST_PROMPT_TOKENS, maxModelLen);
      outputTokens = histogram(VllmMetric.REQUEST_GENERATION_TOKENS, maxModelLen);
      maxTokens = histogram(VllmMetric.REQUEST_PARAMS_MAX_TOKENS, maxModelLen);
      maxOutputTokens = histogram(VllmMetric.REQUEST_MAX_NUM_GENERATION_TOKENS, maxModelLen);
      computedPromptTokens = histogram(VllmMetric.REQUEST_PREFILL_KV_COMPUTED_TOKENS, maxModelLen);
    }

    @Override
    public void onStep(StepStats step) {
      stepTokens.observe(step.numPromptTokens() + step.numOutputTokens());
      stepDuration.observe(step.durationNanos() / NANOS_PER_SECOND);
    }

    @Override
    public void onFirstToken(GenerateRequest request, long nanos) {
      seconds(timeToFirstToken, nanos, request.origin());
    }

    @Override
    public void onNextTokens(long nanos) {
      interTokenLatency.observe(nanos / NANOS_PER_SECOND);
    }

    @Override
    public void onRefused(RefusalReason reason) {
      increment(refused.get(reason));
    }

    @Override
    public void onFinished(FinishReason reason, GenerateRequest request, RequestStats stats) {
      RequestOrigin origin = request.origin();
      increment(finished.get(reason));
      promptTokens.observe(stats.numPromptTokens());
      outputTokens.observe(stats.numOutputTokens());
      maxTokens.observe(request.sampling().maxTokens());
      numPreemptions.observe(stats.numPreemptions());
      if (origin.samples().finish(stats.numOutputTokens())) {
        numSamples.observe(origin.samples().numSamples());
        maxOutputTokens.observe(origin.samples().maxOutputTokens());
      }
      if (stats.wasScheduled()) {
        seconds(queueTime, stats.queueNanos(), origin);
      }
      if (stats.hasOutput()) {
        seconds(endToEnd, stats.endToEndNanos(), origin);
        seconds(prefillTime, stats.prefillNanos(), origin);
        seconds(decodeTime, stats.decodeNanos(), origin);
        seconds(inferenceTime, stats.inferenceNanos(), origin);
        timePerOutputToken.observe(stats.nanosPerOutputToken() / NANOS_PER_SECOND);
        computedPromptTokens.observe(stats.numComputedPromptTokens());
      }
    }
  }

  /** With the trace as an exemplar, so that a slow bucket leads to a request that was slow. */
  private static void seconds(DistributionDataPoint histogram, long nanos, RequestOrigin origin) {
    if (origin.isTraced()) {
      histogram.observeWithExemplar(
          nanos / NANOS_PER_SECOND,
          Labels.of("trace_id", origin.traceId(), "span_id", origin.spanId()));
    } else {
      histogram.observe(nanos / NANOS_PER_SECOND);
    }
  }

  private static void increment(@Nullable CounterDataPoint counter) {
    if (counter != null) {
      counter.inc();
    }
  }
}
