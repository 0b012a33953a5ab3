package dev.gatun.server.otel;

import dev.gatun.engine.api.FinishReason;
import dev.gatun.engine.api.RequestStats;
import dev.gatun.engine.api.SamplingParams;
import dev.gatun.server.trace.Generation;
import dev.gatun.server.trace.GenerationTrace;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The span of one request with those of its phases below it:
 *
 * <pre>
 *   POST /v1/completions   |------------------------------------------|
 *     tokenize               |---|
 *     text_completion m           |--------------------------------|
 *       queue                     |------|
 *       prefill                          |-------|
 *       decode                                   |-----------------|
 * </pre>
 *
 * <p>All of them are made at its end, from the times that the engine took.
 */
final class GenerationSpan implements GenerationTrace {
  private static final double NANOS_PER_SECOND = 1e9;

  private final Tracer tracer;
  private final Span call;
  private final SpanClock clock;
  private final String operation;
  private final Generation request;
  private final Instant submitted;
  private final AtomicBoolean isEnded = new AtomicBoolean();

  GenerationSpan(Tracer tracer, Span call, SpanClock clock, String operation, Generation request) {
    this.tracer = tracer;
    this.call = call;
    this.clock = clock;
    this.operation = operation;
    this.request = request;
    submitted = clock.at(System.nanoTime());
  }

  @Override
  public void ended(FinishReason reason, int numOutputTokens, RequestStats stats) {
    if (!isEnded.compareAndSet(false, true)) {
      return;
    }
    Span span = start(clock.at(stats.arrivalNanos()));
    describe(span);
    result(span, reason, numOutputTokens, stats);
    Context parent = Context.root().with(span);
    if (stats.wasScheduled()) {
      phase(parent, "queue", stats.arrivalNanos(), stats.firstScheduledNanos());
    }
    Instant end = clock.at(System.nanoTime());
    if (stats.hasOutput()) {
      phase(parent, "prefill", stats.firstScheduledNanos(), stats.firstTokenNanos());
      phase(parent, "decode", stats.firstTokenNanos(), stats.lastTokenNanos());
      end = clock.at(stats.lastTokenNanos());
    }
    span.end(end);
  }

  /** Nobody has read how it ended; the call is over. */
  void abandon(Instant now) {
    if (isEnded.compareAndSet(false, true)) {
      Span span = start(submitted);
      describe(span);
      span.setAttribute(GenAi.FINISH_REASONS, List.of(FinishReason.ABORT.wireName()));
      span.end(now);
    }
  }

  private Span start(Instant start) {
    SpanBuilder builder =
        tracer
            .spanBuilder(operation + " " + request.modelName())
            .setParent(Context.root().with(call))
            .setStartTimestamp(start);
    return builder.startSpan();
  }

  private void phase(Context parent, String name, long startNanos, long endNanos) {
    tracer
        .spanBuilder(name)
        .setParent(parent)
        .setStartTimestamp(clock.at(startNanos))
        .startSpan()
        .end(clock.at(endNanos));
  }

  private void describe(Span span) {
    SamplingParams sampling = request.sampling();
    span.setAttribute(GenAi.OPERATION, operation)
        .setAttribute(GenAi.PROVIDER, GenAi.GATUN)
        .setAttribute(GenAi.REQUEST_MODEL, request.modelName())
        .setAttribute(GenAi.RESPONSE_MODEL, request.modelName())
        .setAttribute(GenAi.RESPONSE_ID, request.requestId())
        .setAttribute(GenAi.VLLM_REQUEST_ID, request.requestId())
        .setAttribute(GenAi.MAX_TOKENS, (long) sampling.maxTokens())
        .setAttribute(GenAi.TEMPERATURE, exact(sampling.temperature()))
        .setAttribute(GenAi.TOP_P, exact(sampling.topP()))
        .setAttribute(GenAi.TOP_K, (long) sampling.topK())
        .setAttribute(GenAi.FREQUENCY_PENALTY, exact(sampling.frequencyPenalty()))
        .setAttribute(GenAi.PRESENCE_PENALTY, exact(sampling.presencePenalty()))
        .setAttribute(GenAi.CHOICES, (long) request.numSamples())
        .setAttribute(GenAi.VLLM_N, (long) request.numSamples())
        .setAttribute(GenAi.INPUT_TOKENS, (long) request.numPromptTokens())
        .setAttribute(GenAi.VLLM_PROMPT_TOKENS, (long) request.numPromptTokens());
    sampling.seed().ifPresent(seed -> span.setAttribute(GenAi.SEED, (Long) seed));
    if (!request.stopStrings().isEmpty()) {
      span.setAttribute(GenAi.STOP_SEQUENCES, request.stopStrings());
    }
  }

  private static void result(
      Span span, FinishReason reason, int numOutputTokens, RequestStats stats) {
    span.setAttribute(GenAi.FINISH_REASONS, List.of(reason.wireName()))
        .setAttribute(GenAi.OUTPUT_TOKENS, (long) numOutputTokens)
        .setAttribute(GenAi.VLLM_COMPLETION_TOKENS, (long) numOutputTokens)
        .setAttribute(GenAi.VLLM_NUM_SEQUENCES, 1L)
        .setAttribute(GenAi.CACHED_TOKENS, (long) stats.numCachedTokens())
        .setAttribute(GenAi.VLLM_TIME_IN_QUEUE, seconds(stats.queueNanos()))
        .setAttribute(GenAi.VLLM_TIME_TO_FIRST_TOKEN, seconds(stats.timeToFirstTokenNanos()))
        .setAttribute(GenAi.VLLM_E2E, seconds(stats.endToEndNanos()))
        .setAttribute(GenAi.VLLM_PREFILL, seconds(stats.prefillNanos()))
        .setAttribute(GenAi.VLLM_DECODE, seconds(stats.decodeNanos()))
        .setAttribute(GenAi.VLLM_INFERENCE, seconds(stats.inferenceNanos()));
    if (reason == FinishReason.ERROR) {
      span.setStatus(StatusCode.ERROR);
    }
  }

  /** The number that the client wrote: 0.7 and not 0.699999988. */
  private static double exact(float value) {
    return Double.parseDouble(Float.toString(value));
  }

  private static double seconds(long nanos) {
    return nanos / NANOS_PER_SECOND;
  }
}
