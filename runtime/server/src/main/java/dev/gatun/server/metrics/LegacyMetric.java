package dev.gatun.server.metrics;

import static dev.gatun.server.metrics.MetricRow.counter;
import static dev.gatun.server.metrics.MetricRow.gauge;
import static dev.gatun.server.metrics.MetricRow.histogram;

import dev.gatun.server.metrics.MetricRow.Presence;
import dev.gatun.server.metrics.MetricRow.Unit;

/**
 * Names that vLLM has retired and that dashboards and scalers still query, with the values of their
 * successors.
 */
@SuppressWarnings("ImmutableEnumChecker") // A row copies its lists.
enum LegacyMetric implements MetricName {
  GPU_CACHE_USAGE(gauge("vllm:gpu_cache_usage_perc", Unit.RATIO, "Now vllm:kv_cache_usage_perc.")),
  CPU_CACHE_USAGE(
      gauge("vllm:cpu_cache_usage_perc", Unit.RATIO, "Blocks of the swap space in use, 0 to 1.")),
  NUM_REQUESTS_SWAPPED(
      gauge(
          "vllm:num_requests_swapped",
          Unit.REQUESTS,
          "Preempted requests whose KV is kept or copied to the swap space.")),
  GPU_PREFIX_CACHE_HIT_RATE(
      gauge(
          "vllm:gpu_prefix_cache_hit_rate",
          Unit.RATIO,
          "Share of prompt tokens found in the prefix cache since the start.")),
  GPU_PREFIX_CACHE_QUERIES(
      counter(
          "vllm:gpu_prefix_cache_queries", Unit.TOKENS, "Now vllm:prefix_cache_queries_total.")),
  GPU_PREFIX_CACHE_HITS(
      counter("vllm:gpu_prefix_cache_hits", Unit.TOKENS, "Now vllm:prefix_cache_hits_total.")),
  NUM_PREEMPTION(
      counter(
          "vllm:num_preemption",
          Unit.REQUESTS,
          "vllm:num_preemptions_total as articles misspell it.")),
  TOKENS(
      counter("vllm:tokens", Unit.TOKENS, "Prompt and generated tokens, now counted separately.")),
  TIME_PER_OUTPUT_TOKEN(
      histogram(
          "vllm:time_per_output_token_seconds",
          Unit.SECONDS,
          Buckets.ITL,
          "Now vllm:inter_token_latency_seconds.")),
  TIME_IN_QUEUE(
      histogram(
          "vllm:time_in_queue_requests",
          Unit.SECONDS,
          Buckets.LATENCY,
          "Now vllm:request_queue_time_seconds."));

  private final MetricRow row;

  LegacyMetric(MetricRow row) {
    this.row = row.ofEngine().when(Presence.LEGACY);
  }

  @Override
  public MetricRow row() {
    return row;
  }
}
