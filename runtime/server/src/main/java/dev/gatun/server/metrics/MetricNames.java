package dev.gatun.server.metrics;

import java.util.Arrays;

/**
 * One row per metric that Gatun exports. Names, meanings and bucket bounds are vLLM's, but for what
 * vLLM does not have: these begin with {@code gatun:}. Every sample carries the labels model_name
 * and engine.
 */
public enum MetricNames {
  NUM_REQUESTS_RUNNING("vllm:num_requests_running", Kind.GAUGE, "Requests in the running set."),
  NUM_REQUESTS_WAITING("vllm:num_requests_waiting", Kind.GAUGE, "Requests not running yet."),
  KV_CACHE_USAGE("vllm:kv_cache_usage_perc", Kind.GAUGE, "KV blocks in use, 0 to 1."),
  NUM_PREEMPTIONS("vllm:num_preemptions", Kind.COUNTER, "Preempted requests."),
  PREEMPTIONS_RECOMPUTED(
      "gatun:preemptions_recomputed", Kind.TOTAL, "Preemptions that kept nothing aside."),
  PREEMPTIONS_SWAPPED(
      "gatun:preemptions_swapped", Kind.TOTAL, "Preemptions with swap space for what is reused."),
  TOKENS_RECOMPUTED(
      "gatun:tokens_recomputed", Kind.TOTAL, "Tokens computed once more after a preemption."),
  TOKENS_SWAPPED_OUT(
      "gatun:tokens_swapped_out", Kind.TOTAL, "Tokens whose KV was copied to the swap space."),
  TOKENS_SWAPPED_IN("gatun:tokens_swapped_in", Kind.TOTAL, "Tokens whose KV was copied back."),
  PROMPT_TOKENS("vllm:prompt_tokens", Kind.COUNTER, "Prompt tokens computed or found in cache."),
  GENERATION_TOKENS("vllm:generation_tokens", Kind.COUNTER, "Generated tokens."),
  PREFIX_CACHE_QUERIES(
      "vllm:prefix_cache_queries", Kind.TOTAL, "Prompt tokens looked up in the prefix cache."),
  PREFIX_CACHE_HITS(
      "vllm:prefix_cache_hits", Kind.TOTAL, "Prompt tokens found in the prefix cache."),
  PROMPT_TOKENS_CACHED(
      "vllm:prompt_tokens_cached", Kind.TOTAL, "Prompt tokens that were not computed again."),
  SPEC_DECODE_NUM_DRAFTS(
      "vllm:spec_decode_num_drafts", Kind.TOTAL, "Drafts verified, one per sequence and step."),
  SPEC_DECODE_NUM_DRAFT_TOKENS(
      "vllm:spec_decode_num_draft_tokens", Kind.TOTAL, "Draft tokens verified."),
  SPEC_DECODE_NUM_ACCEPTED_TOKENS(
      "vllm:spec_decode_num_accepted_tokens", Kind.TOTAL, "Draft tokens accepted."),
  SPEC_DECODE_NUM_ACCEPTED_TOKENS_PER_POS(
      "vllm:spec_decode_num_accepted_tokens_per_pos",
      Kind.TOTAL,
      "Draft tokens accepted, by place in the draft.",
      "position"),
  ADMISSION_REJECTIONS(
      "vllm:admission_rejections",
      Kind.REFUSALS,
      "Requests refused at once, by the bound that was reached.",
      "reason"),
  REQUEST_SUCCESS("vllm:request_success", Kind.COUNTER, "Finished requests.", "finished_reason"),
  TIME_TO_FIRST_TOKEN("vllm:time_to_first_token_seconds", Kind.TTFT, "Arrival to first token."),
  INTER_TOKEN_LATENCY(
      "vllm:inter_token_latency_seconds",
      Kind.TPOT,
      "Time between two steps that gave tokens to a request."),
  REQUEST_TIME_PER_OUTPUT_TOKEN(
      "vllm:request_time_per_output_token_seconds",
      Kind.TPOT,
      "Decode time by generated tokens after the first."),
  E2E_REQUEST_LATENCY("vllm:e2e_request_latency_seconds", Kind.LATENCY, "Arrival to finish."),
  REQUEST_QUEUE_TIME(
      "vllm:request_queue_time_seconds", Kind.LATENCY, "Arrival to first scheduled."),
  REQUEST_PREFILL_TIME(
      "vllm:request_prefill_time_seconds", Kind.LATENCY, "First scheduled to first token."),
  REQUEST_DECODE_TIME(
      "vllm:request_decode_time_seconds", Kind.LATENCY, "First token to last token."),
  REQUEST_INFERENCE_TIME(
      "vllm:request_inference_time_seconds", Kind.LATENCY, "First scheduled to last token."),
  REQUEST_PROMPT_TOKENS("vllm:request_prompt_tokens", Kind.TOKENS, "Prompt tokens of a request."),
  REQUEST_GENERATION_TOKENS(
      "vllm:request_generation_tokens", Kind.TOKENS, "Generated tokens of a request."),
  REQUEST_PARAMS_MAX_TOKENS(
      "vllm:request_params_max_tokens", Kind.TOKENS, "max_tokens of a request."),
  REQUEST_PREFILL_KV_COMPUTED_TOKENS(
      "vllm:request_prefill_kv_computed_tokens",
      Kind.TOKENS,
      "Prompt tokens of a request that were not found in cache."),
  REQUEST_NUM_PREEMPTIONS(
      "vllm:request_num_preemptions", Kind.PREEMPTIONS, "Preemptions of a request."),
  ITERATION_TOKENS("vllm:iteration_tokens_total", Kind.STEP_TOKENS, "Tokens of a step.");

  /** Value of the engine label: there is one engine in a process. */
  static final String ENGINE_INDEX = "0";

  /** What a metric is, with its bucket bounds. */
  enum Kind {
    GAUGE(""),
    COUNTER(""),
    /** A counter of what never reached an engine, so that it has no engine label. */
    REFUSALS(""),
    /** A counter that the engine keeps itself, read when it is scraped. */
    TOTAL(""),
    TTFT(
        "0.001 0.005 0.01 0.02 0.04 0.06 0.08 0.1 0.25 0.5 0.75 1 2.5 5 7.5 10 20 40 80 160 640"
            + " 2560"),
    TPOT("0.01 0.025 0.05 0.075 0.1 0.15 0.2 0.3 0.4 0.5 0.75 1 2.5 5 7.5 10 20 40 80"),
    LATENCY("0.3 0.5 0.8 1 1.5 2 2.5 5 10 15 20 30 40 50 60 120 240 480 960 1920 7680"),
    /** Bounds follow the longest request: 1 2 5 10 20 50 ... */
    TOKENS(""),
    PREEMPTIONS("1 2 3 4 5 10 20"),
    STEP_TOKENS("1 8 16 32 64 128 256 512 1024 2048 4096 8192 16384");

    private final String bounds;

    Kind(String bounds) {
      this.bounds = bounds;
    }

    double[] bounds() {
      return Arrays.stream(bounds.split(" ")).mapToDouble(Double::parseDouble).toArray();
    }

    boolean isHistogram() {
      return this != GAUGE && this != COUNTER && this != REFUSALS && this != TOTAL;
    }
  }

  private final String wireName;
  private final Kind kind;
  private final String help;
  private final String extraLabel;

  MetricNames(String wireName, Kind kind, String help) {
    this(wireName, kind, help, "");
  }

  MetricNames(String wireName, Kind kind, String help, String extraLabel) {
    this.wireName = wireName;
    this.kind = kind;
    this.help = help;
    this.extraLabel = extraLabel;
  }

  /** Name without the suffixes that the exposition adds ({@code _total}, {@code _bucket}). */
  public String wireName() {
    return wireName;
  }

  Kind kind() {
    return kind;
  }

  String help() {
    return help;
  }

  String[] labels() {
    if (kind == Kind.REFUSALS) {
      return new String[] {"model_name", extraLabel};
    }
    return extraLabel.isEmpty()
        ? new String[] {"model_name", "engine"}
        : new String[] {"model_name", "engine", extraLabel};
  }
}
