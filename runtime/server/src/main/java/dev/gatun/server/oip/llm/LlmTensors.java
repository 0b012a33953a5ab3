package dev.gatun.server.oip.llm;

import dev.gatun.server.oip.model.TensorSpec;
import dev.gatun.server.oip.tensor.Datatype;
import java.util.List;

/** Names and declarations of the tensors of a generating model. */
final class LlmTensors {
  static final String TEXT_INPUT = "text_input";
  static final String STREAM = "stream";
  static final String SAMPLING_PARAMETERS = "sampling_parameters";
  static final String EXCLUDE_INPUT_IN_OUTPUT = "exclude_input_in_output";

  static final String TEXT_OUTPUT = "text_output";
  static final String FINISH_REASON = "finish_reason";
  static final String CUMULATIVE_LOGPROB = "cumulative_logprob";
  static final String LOGPROBS = "logprobs";
  static final String NUM_INPUT_TOKENS = "num_input_tokens";
  static final String NUM_OUTPUT_TOKENS = "num_output_tokens";

  /** Parameter of streamed responses to a request with n above 1: which sample, from 0. */
  static final String SAMPLE_INDEX = "sample_index";

  /** In front of an output's name: the input that asks for it. */
  static final String RETURN_PREFIX = "return_";

  static final List<TensorSpec> INPUTS =
      List.of(
          TensorSpec.scalar(TEXT_INPUT, Datatype.BYTES),
          TensorSpec.optionalScalar(STREAM, Datatype.BOOL),
          TensorSpec.optionalScalar(SAMPLING_PARAMETERS, Datatype.BYTES),
          TensorSpec.optionalScalar(EXCLUDE_INPUT_IN_OUTPUT, Datatype.BOOL),
          TensorSpec.optionalScalar(RETURN_PREFIX + FINISH_REASON, Datatype.BOOL),
          TensorSpec.optionalScalar(RETURN_PREFIX + CUMULATIVE_LOGPROB, Datatype.BOOL),
          TensorSpec.optionalScalar(RETURN_PREFIX + LOGPROBS, Datatype.BOOL),
          TensorSpec.optionalScalar(RETURN_PREFIX + NUM_INPUT_TOKENS, Datatype.BOOL),
          TensorSpec.optionalScalar(RETURN_PREFIX + NUM_OUTPUT_TOKENS, Datatype.BOOL));

  /** All but the first only when asked for. */
  static final List<TensorSpec> OUTPUTS =
      List.of(
          TensorSpec.list(TEXT_OUTPUT, Datatype.BYTES),
          TensorSpec.list(FINISH_REASON, Datatype.BYTES),
          TensorSpec.list(CUMULATIVE_LOGPROB, Datatype.FP32),
          TensorSpec.list(LOGPROBS, Datatype.BYTES),
          TensorSpec.scalar(NUM_INPUT_TOKENS, Datatype.UINT32),
          TensorSpec.list(NUM_OUTPUT_TOKENS, Datatype.UINT32));

  private LlmTensors() {}
}
