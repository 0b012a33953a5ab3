package dev.gatun.server.metrics;

import static dev.gatun.server.metrics.MetricRow.counter;
import static dev.gatun.server.metrics.MetricRow.gauge;
import static dev.gatun.server.metrics.MetricRow.histogram;

import dev.gatun.server.metrics.MetricRow.Presence;
import dev.gatun.server.metrics.MetricRow.Unit;

/** What vLLM exports, under its names and with its meanings, labels and buckets. */
@SuppressWarnings("ImmutableEnumChecker") // A row copies its lists.
enum VllmMetric implements MetricName {
  NUM_REQUESTS_RUNNING(
      gauge("vllm:num_requests_running", Unit.REQUESTS, "Requests in the running set.").ofEngine()),
  NUM_REQUESTS_WAITING(
      gauge("vllm:num_requests_waiting", Unit.REQUESTS, "Requests not running yet.").ofEngine()),
  NUM_REQUESTS_WAITING_BY_REASON(
      gauge(
              "vllm:num_requests_waiting_by_reason",
              Unit.REQUESTS,
              "Requests not running yet: for a place, or held back for something else.")
          .ofEngine()
          .label("reason", "capacity", "deferred")),
  KV_CACHE_USAGE(
      gauge(
              "vllm:kv_cache_usage_perc",
              Unit.RATIO,
              "KV blocks referenced by live requests, 0 to 1.")
          .ofEngine()),
  ENGINE_SLEEP_STATE(
      gauge("vllm:engine_sleep_state", Unit.NONE, "1 for the state the engine is in.")
          .ofEngine()
          .label("sleep_state", "awake", "weights_offloaded", "discard_all")),
  ENGINE_HEALTHY(
      gauge("vllm:engine_healthy", Unit.NONE, "1 until the engine has failed.").label("engine")),
  CACHE_CONFIG_INFO(
      gauge("vllm:cache_config_info", Unit.NONE, "Configuration of the KV cache; always 1.")
          .label("engine")
          .label("block_size")
          .label("num_gpu_blocks")
          .label("gpu_memory_utilization")
          .label("cache_dtype")
          .label("enable_prefix_caching")
          .when(Presence.PLANNED)),

  PROMPT_TOKENS(
      counter(
              "vllm:prompt_tokens",
              Unit.TOKENS,
              "Prompt tokens of requests whose prefill finished, cached ones included.")
          .ofEngine()),
  PROMPT_TOKENS_BY_SOURCE(
      counter("vllm:prompt_tokens_by_source", Unit.TOKENS, "The same, by where their KV came from.")
          .ofEngine()
          .label("source", "local_compute", "local_cache_hit", "external_kv_transfer")),
  PROMPT_TOKENS_CACHED(
      counter(
              "vllm:prompt_tokens_cached",
              Unit.TOKENS,
              "Prompt tokens that were not computed again.")
          .ofEngine()),
  GENERATION_TOKENS(counter("vllm:generation_tokens", Unit.TOKENS, "Generated tokens.").ofEngine()),
  NUM_PREEMPTIONS(counter("vllm:num_preemptions", Unit.REQUESTS, "Preemptions.").ofEngine()),
  REQUEST_SUCCESS(
      counter("vllm:request_success", Unit.REQUESTS, "Finished requests.")
          .ofEngine()
          .label("finished_reason", "stop", "length", "abort", "error", "repetition")),
  PREFIX_CACHE_QUERIES(
      counter(
              "vllm:prefix_cache_queries",
              Unit.TOKENS,
              "Prompt tokens looked up in the prefix cache.")
          .ofEngine()),
  PREFIX_CACHE_HITS(
      counter("vllm:prefix_cache_hits", Unit.TOKENS, "Prompt tokens found in the prefix cache.")
          .ofEngine()),
  EXTERNAL_PREFIX_CACHE_QUERIES(
      counter(
              "vllm:external_prefix_cache_queries",
              Unit.TOKENS,
              "Prompt tokens asked from tiers below the device.")
          .ofEngine()),
  EXTERNAL_PREFIX_CACHE_HITS(
      counter("vllm:external_prefix_cache_hits", Unit.TOKENS, "Prompt tokens found there.")
          .ofEngine()),
  MM_CACHE_QUERIES(
      counter("vllm:mm_cache_queries", Unit.NONE, "Images looked up; 0, inputs are text.")
          .ofEngine()),
  MM_CACHE_HITS(
      counter("vllm:mm_cache_hits", Unit.NONE, "Images found; 0, inputs are text.").ofEngine()),
  /** Counts what never reached an engine. */
  ADMISSION_REJECTIONS(
      counter(
              "vllm:admission_rejections",
              Unit.REQUESTS,
              "Requests refused at once, by the bound that was reached.")
          .ofModel()
          .label("reason", "max_num_queued_reqs", "max_num_queued_tokens", "deadline")),

  SPEC_DECODE_NUM_DRAFTS(
      counter(
              "vllm:spec_decode_num_drafts",
              Unit.NONE,
              "Drafts verified, one per sequence and step.")
          .ofEngine()
          .when(Presence.SPECULATION)),
  SPEC_DECODE_NUM_DRAFT_TOKENS(
      counter("vllm:spec_decode_num_draft_tokens", Unit.TOKENS, "Draft tokens verified.")
          .ofEngine()
          .when(Presence.SPECULATION)),
  SPEC_DECODE_NUM_ACCEPTED_TOKENS(
      counter("vllm:spec_decode_num_accepted_tokens", Unit.TOKENS, "Draft tokens accepted.")
          .ofEngine()
          .when(Presence.SPECULATION)),
  SPEC_DECODE_NUM_ACCEPTED_TOKENS_PER_POS(
      counter(
              "vllm:spec_decode_num_accepted_tokens_per_pos",
              Unit.TOKENS,
              "Draft tokens accepted, by place in the draft.")
          .ofEngine()
          .label("position")
          .when(Presence.SPECULATION)),

  TIME_TO_FIRST_TOKEN(
      seconds("vllm:time_to_first_token_seconds", Buckets.TTFT, "Arrival to first token.")),
  INTER_TOKEN_LATENCY(
      seconds(
          "vllm:inter_token_latency_seconds",
          Buckets.ITL,
          "Time between two steps that gave tokens to a request.")),
  REQUEST_TIME_PER_OUTPUT_TOKEN(
      seconds(
          "vllm:request_time_per_output_token_seconds",
          Buckets.ITL,
          "Decode time by generated tokens after the first.")),
  E2E_REQUEST_LATENCY(
      seconds("vllm:e2e_request_latency_seconds", Buckets.LATENCY, "Arrival to finish.")),
  REQUEST_QUEUE_TIME(
      seconds(
          "vllm:request_queue_time_seconds", Buckets.LATENCY, "First queued to first scheduled.")),
  REQUEST_PREFILL_TIME(
      seconds(
          "vllm:request_prefill_time_seconds",
          Buckets.LATENCY,
          "First scheduled to first token, preemptions included.")),
  REQUEST_DECODE_TIME(
      seconds("vllm:request_decode_time_seconds", Buckets.LATENCY, "First token to last token.")),
  REQUEST_INFERENCE_TIME(
      seconds(
          "vllm:request_inference_time_seconds",
          Buckets.LATENCY,
          "First scheduled to last token.")),
  REQUEST_PROMPT_TOKENS(tokens("vllm:request_prompt_tokens", "Prompt tokens of a request.")),
  REQUEST_GENERATION_TOKENS(
      tokens("vllm:request_generation_tokens", "Generated tokens of a request.")),
  REQUEST_PARAMS_MAX_TOKENS(tokens("vllm:request_params_max_tokens", "max_tokens of a request.")),
  REQUEST_MAX_NUM_GENERATION_TOKENS(
      tokens(
          "vllm:request_max_num_generation_tokens",
          "Generated tokens of the longest of a prompt's n samples.")),
  REQUEST_PREFILL_KV_COMPUTED_TOKENS(
      tokens(
          "vllm:request_prefill_kv_computed_tokens",
          "Prompt tokens of a request that were not found in cache.")),
  REQUEST_PARAMS_N(
      histogram("vllm:request_params_n", Unit.NONE, Buckets.SAMPLES, "n of a request.").ofEngine()),
  REQUEST_NUM_PREEMPTIONS(
      histogram(
              "vllm:request_num_preemptions",
              Unit.NONE,
              Buckets.PREEMPTIONS,
              "Preemptions of a request.")
          .ofEngine()),
  /** The base name ends like a counter's. */
  ITERATION_TOKENS(
      histogram(
              "vllm:iteration_tokens_total",
              Unit.TOKENS,
              Buckets.STEP_TOKENS,
              "Prompt and generated tokens of a step.")
          .ofEngine());

  private final MetricRow row;

  VllmMetric(MetricRow row) {
    this.row = row;
  }

  private static MetricRow seconds(String name, Buckets buckets, String help) {
    return histogram(name, Unit.SECONDS, buckets, help).ofEngine();
  }

  private static MetricRow tokens(String name, String help) {
    return histogram(name, Unit.TOKENS, Buckets.TOKENS, help).ofEngine();
  }

  @Override
  public MetricRow row() {
    return row;
  }
}
