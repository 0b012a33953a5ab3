package dev.gatun.server.metrics;

import static dev.gatun.server.metrics.MetricRow.counter;
import static dev.gatun.server.metrics.MetricRow.gauge;
import static dev.gatun.server.metrics.MetricRow.histogram;

import dev.gatun.server.metrics.MetricRow.Presence;
import dev.gatun.server.metrics.MetricRow.Unit;

/** What vLLM does not have. */
@SuppressWarnings("ImmutableEnumChecker") // A row copies its lists.
enum GatunMetric implements MetricName {
  PREEMPTIONS_RECOMPUTED(
      counter("gatun:preemptions_recomputed", Unit.REQUESTS, "Preemptions that kept nothing aside.")
          .ofEngine()),
  PREEMPTIONS_SWAPPED(
      counter(
              "gatun:preemptions_swapped",
              Unit.REQUESTS,
              "Preemptions with swap space for what is reused.")
          .ofEngine()),
  TOKENS_RECOMPUTED(
      counter(
              "gatun:tokens_recomputed",
              Unit.TOKENS,
              "Tokens computed once more after a preemption.")
          .ofEngine()),
  TOKENS_SWAPPED_OUT(
      counter(
              "gatun:tokens_swapped_out",
              Unit.TOKENS,
              "Tokens whose KV was copied to the swap space.")
          .ofEngine()),
  TOKENS_SWAPPED_IN(
      counter("gatun:tokens_swapped_in", Unit.TOKENS, "Tokens whose KV was copied back.")
          .ofEngine()),
  KV_BLOCKS(
      gauge("gatun:kv_blocks", Unit.BLOCKS, "KV blocks of a tier.")
          .ofEngine()
          .label("tier", "device", "swap")),
  KV_BLOCKS_USED(
      gauge(
              "gatun:kv_blocks_used",
              Unit.BLOCKS,
              "KV blocks of a tier that hold what live requests need.")
          .ofEngine()
          .label("tier", "device", "swap")),
  OLDEST_WAITING(
      gauge(
              "gatun:oldest_waiting_seconds",
              Unit.SECONDS,
              "Age of the oldest request that waits; 0 if none does.")
          .ofEngine()),
  PREDICTED_QUEUE_DELAY(
      gauge(
              "gatun:predicted_queue_delay_seconds",
              Unit.SECONDS,
              "How long a request that came now would wait for its turn; 0 if nothing is known.")
          .ofEngine()),
  QUEUED_PROMPT_TOKENS(
      gauge(
              "gatun:queued_prompt_tokens",
              Unit.TOKENS,
              "Prompt tokens of requests whose first token is still to come.")
          .ofEngine()),
  ENGINE_HEARTBEAT_AGE(
      gauge(
              "gatun:engine_heartbeat_age_seconds",
              Unit.SECONDS,
              "Time since the engine finished a step or was idle; large if a step hangs.")
          .ofEngine()),
  ENGINE_STEPS(counter("gatun:engine_steps", Unit.NONE, "Steps computed.").ofEngine()),
  STEP_DURATION(
      histogram("gatun:step_duration_seconds", Unit.SECONDS, Buckets.STEP, "Duration of a step.")
          .ofEngine()),

  STARTUP_PHASE(
      gauge("gatun:startup_phase", Unit.NONE, "1 for the phase the start is in.")
          .ofModel()
          .label("phase", "arrival", "plan", "load", "tokenizer", "warm_up", "ready")),
  STARTUP_SECONDS(
      gauge("gatun:startup_seconds", Unit.SECONDS, "Time that a phase of the start took so far.")
          .ofModel()
          .label("phase", "arrival", "plan", "load", "tokenizer", "warm_up")),
  DRAINING(gauge("gatun:draining", Unit.NONE, "1 from the signal to stop on, 0 before.").ofModel()),
  LOAD_BYTES(gauge("gatun:load_bytes", Unit.BYTES, "Weights loaded at the start.").ofModel()),
  LOAD_BYTES_PER_SECOND(
      gauge(
              "gatun:load_bytes_per_second",
              Unit.BYTES_PER_SECOND,
              "How fast they were loaded; 0 until they are.")
          .ofModel()),
  BUILD_INFO(
      gauge("gatun:build_info", Unit.NONE, "Version and device; always 1.")
          .ofModel()
          .label("version")
          .label("device")
          .when(Presence.PLANNED)),

  OTLP_SPANS_DROPPED(
      counter(
              "gatun:otlp_spans_dropped",
              Unit.NONE,
              "Spans that found the export queue full or were refused by the collector.")
          .ofModel()),
  OTLP_EXPORT_FAILURES(
      counter("gatun:otlp_export_failures", Unit.NONE, "Exports that did not reach a collector.")
          .ofModel()
          .label("signal", "traces", "metrics"));

  private final MetricRow row;

  GatunMetric(MetricRow row) {
    this.row = row;
  }

  @Override
  public MetricRow row() {
    return row;
  }
}
