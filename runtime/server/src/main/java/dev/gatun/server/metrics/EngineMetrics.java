package dev.gatun.server.metrics;

import dev.gatun.engine.api.EngineObserver;
import dev.gatun.engine.api.FinishReason;
import dev.gatun.engine.api.RefusalReason;
import dev.gatun.engine.api.RequestStats;
import dev.gatun.engine.api.SamplingParams;
import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.datapoints.DistributionDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.stream.DoubleStream;

/**
 * Counters and histograms of one engine. All samples exist with 0 from the start. The observer
 * methods run on the engine thread and touch only data points made in the constructor.
 */
final class EngineMetrics implements EngineObserver {
  private static final double NANOS = 1e-9;

  private final PrometheusRegistry registry;
  private final String modelName;
  private final int maxModelLen;
  private final Map<MetricNames, DistributionDataPoint> histograms =
      new EnumMap<>(MetricNames.class);
  private final Map<MetricNames, CounterDataPoint> counters = new EnumMap<>(MetricNames.class);
  private final Map<FinishReason, CounterDataPoint> finished = new EnumMap<>(FinishReason.class);
  private final Map<RefusalReason, CounterDataPoint> refused = new EnumMap<>(RefusalReason.class);

  /**
   * Registers them.
   *
   * @param modelName first served name
   * @param maxModelLen upper end of the token histograms
   */
  EngineMetrics(PrometheusRegistry registry, String modelName, int maxModelLen) {
    this.registry = registry;
    this.modelName = modelName;
    this.maxModelLen = maxModelLen;
    for (MetricNames metric : MetricNames.values()) {
      if (metric.kind().isHistogram()) {
        histograms.put(metric, histogram(metric));
      } else if (metric.kind() == MetricNames.Kind.REFUSALS) {
        registerRefusals(metric);
      } else if (metric.kind() == MetricNames.Kind.COUNTER) {
        register(metric);
      }
    }
  }

  private void register(MetricNames metric) {
    Counter counter =
        Counter.builder()
            .name(metric.wireName())
            .help(metric.help())
            .labelNames(metric.labels())
            .register(registry);
    if (metric == MetricNames.REQUEST_SUCCESS) {
      for (FinishReason reason : FinishReason.values()) {
        finished.put(
            reason, counter.labelValues(modelName, MetricNames.ENGINE_INDEX, reason.wireName()));
      }
    } else {
      counters.put(metric, counter.labelValues(modelName, MetricNames.ENGINE_INDEX));
    }
  }

  private void registerRefusals(MetricNames metric) {
    Counter counter =
        Counter.builder()
            .name(metric.wireName())
            .help(metric.help())
            .labelNames(metric.labels())
            .register(registry);
    for (RefusalReason reason : RefusalReason.values()) {
      refused.put(reason, counter.labelValues(modelName, reason.wireName()));
    }
  }

  private DistributionDataPoint histogram(MetricNames metric) {
    double[] bounds =
        metric.kind() == MetricNames.Kind.TOKENS ? tokenBounds() : metric.kind().bounds();
    return Histogram.builder()
        .name(metric.wireName())
        .help(metric.help())
        .labelNames(metric.labels())
        .classicOnly()
        .classicUpperBounds(bounds)
        .register(registry)
        .labelValues(modelName, MetricNames.ENGINE_INDEX);
  }

  /** 1, 2, 5, 10, 20, 50 ... up to the longest request. */
  private double[] tokenBounds() {
    return DoubleStream.iterate(1, decade -> decade <= maxModelLen, decade -> decade * 10)
        .flatMap(decade -> Arrays.stream(new double[] {decade, 2 * decade, 5 * decade}))
        .filter(bound -> bound <= maxModelLen)
        .toArray();
  }

  @Override
  public void onStep(StepStats step) {
    observe(MetricNames.ITERATION_TOKENS, step.numPromptTokens() + step.numOutputTokens());
    count(MetricNames.PROMPT_TOKENS, step.numPromptTokens());
    count(MetricNames.GENERATION_TOKENS, step.numOutputTokens());
    count(MetricNames.NUM_PREEMPTIONS, step.preemptions().numPreemptions());
  }

  @Override
  public void onFirstToken(long nanos) {
    seconds(MetricNames.TIME_TO_FIRST_TOKEN, nanos);
  }

  @Override
  public void onNextTokens(long nanos) {
    seconds(MetricNames.INTER_TOKEN_LATENCY, nanos);
  }

  @Override
  public void onRefused(RefusalReason reason) {
    CounterDataPoint counter = refused.get(reason);
    if (counter != null) {
      counter.inc();
    }
  }

  @Override
  public void onFinished(FinishReason reason, SamplingParams sampling, RequestStats stats) {
    CounterDataPoint counter = finished.get(reason);
    if (counter != null) {
      counter.inc();
    }
    observe(MetricNames.REQUEST_PROMPT_TOKENS, stats.numPromptTokens());
    observe(MetricNames.REQUEST_GENERATION_TOKENS, stats.numOutputTokens());
    observe(MetricNames.REQUEST_PARAMS_MAX_TOKENS, sampling.maxTokens());
    observe(MetricNames.REQUEST_NUM_PREEMPTIONS, stats.numPreemptions());
    if (stats.wasScheduled()) {
      seconds(MetricNames.REQUEST_QUEUE_TIME, stats.queueNanos());
    }
    if (stats.hasOutput()) {
      seconds(MetricNames.E2E_REQUEST_LATENCY, stats.endToEndNanos());
      seconds(MetricNames.REQUEST_PREFILL_TIME, stats.prefillNanos());
      seconds(MetricNames.REQUEST_DECODE_TIME, stats.decodeNanos());
      seconds(MetricNames.REQUEST_INFERENCE_TIME, stats.inferenceNanos());
      observe(MetricNames.REQUEST_TIME_PER_OUTPUT_TOKEN, stats.nanosPerOutputToken() * NANOS);
      observe(MetricNames.REQUEST_PREFILL_KV_COMPUTED_TOKENS, stats.numComputedPromptTokens());
    }
  }

  private void seconds(MetricNames metric, long nanos) {
    observe(metric, nanos * NANOS);
  }

  private void observe(MetricNames metric, double value) {
    DistributionDataPoint histogram = histograms.get(metric);
    if (histogram != null) {
      histogram.observe(value);
    }
  }

  private void count(MetricNames metric, long value) {
    CounterDataPoint counter = counters.get(metric);
    if (counter != null) {
      counter.inc(value);
    }
  }
}
