package dev.gatun.server.otel;

import io.opentelemetry.api.common.AttributeKey;
import java.util.List;

/**
 * Names of attributes: those of the semantic conventions for generative AI, whose library marks
 * them as moved, and those that vLLM writes, which differ in part. Both are written.
 */
final class GenAi {
  static final AttributeKey<String> OPERATION = AttributeKey.stringKey("gen_ai.operation.name");
  static final AttributeKey<String> PROVIDER = AttributeKey.stringKey("gen_ai.provider.name");
  static final AttributeKey<String> REQUEST_MODEL = AttributeKey.stringKey("gen_ai.request.model");
  static final AttributeKey<String> RESPONSE_MODEL =
      AttributeKey.stringKey("gen_ai.response.model");
  static final AttributeKey<String> RESPONSE_ID = AttributeKey.stringKey("gen_ai.response.id");
  static final AttributeKey<List<String>> FINISH_REASONS =
      AttributeKey.stringArrayKey("gen_ai.response.finish_reasons");
  static final AttributeKey<Long> MAX_TOKENS = AttributeKey.longKey("gen_ai.request.max_tokens");
  static final AttributeKey<Long> TOP_K = AttributeKey.longKey("gen_ai.request.top_k");
  static final AttributeKey<Long> SEED = AttributeKey.longKey("gen_ai.request.seed");
  static final AttributeKey<Long> CHOICES = AttributeKey.longKey("gen_ai.request.choice.count");
  static final AttributeKey<Double> TEMPERATURE =
      AttributeKey.doubleKey("gen_ai.request.temperature");
  static final AttributeKey<Double> TOP_P = AttributeKey.doubleKey("gen_ai.request.top_p");
  static final AttributeKey<Double> FREQUENCY_PENALTY =
      AttributeKey.doubleKey("gen_ai.request.frequency_penalty");
  static final AttributeKey<Double> PRESENCE_PENALTY =
      AttributeKey.doubleKey("gen_ai.request.presence_penalty");
  static final AttributeKey<List<String>> STOP_SEQUENCES =
      AttributeKey.stringArrayKey("gen_ai.request.stop_sequences");
  static final AttributeKey<Long> INPUT_TOKENS = AttributeKey.longKey("gen_ai.usage.input_tokens");
  static final AttributeKey<Long> OUTPUT_TOKENS =
      AttributeKey.longKey("gen_ai.usage.output_tokens");
  static final AttributeKey<Long> CACHED_TOKENS =
      AttributeKey.longKey("gen_ai.usage.cache_read.input_tokens");

  static final AttributeKey<String> VLLM_REQUEST_ID = AttributeKey.stringKey("gen_ai.request.id");
  static final AttributeKey<Long> VLLM_N = AttributeKey.longKey("gen_ai.request.n");
  static final AttributeKey<Long> VLLM_PROMPT_TOKENS =
      AttributeKey.longKey("gen_ai.usage.prompt_tokens");
  static final AttributeKey<Long> VLLM_COMPLETION_TOKENS =
      AttributeKey.longKey("gen_ai.usage.completion_tokens");
  static final AttributeKey<Long> VLLM_NUM_SEQUENCES =
      AttributeKey.longKey("gen_ai.usage.num_sequences");
  static final AttributeKey<Double> VLLM_TIME_IN_QUEUE = latency("time_in_queue");
  static final AttributeKey<Double> VLLM_TIME_TO_FIRST_TOKEN = latency("time_to_first_token");
  static final AttributeKey<Double> VLLM_E2E = latency("e2e");
  static final AttributeKey<Double> VLLM_PREFILL = latency("time_in_model_prefill");
  static final AttributeKey<Double> VLLM_DECODE = latency("time_in_model_decode");
  static final AttributeKey<Double> VLLM_INFERENCE = latency("time_in_model_inference");

  /** Value of {@link #PROVIDER}. */
  static final String GATUN = "gatun";

  private GenAi() {}

  private static AttributeKey<Double> latency(String name) {
    return AttributeKey.doubleKey("gen_ai.latency." + name);
  }
}
