package dev.gatun.server.oip.llm;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.gatun.engine.api.ServingException;
import dev.gatun.server.oip.OipJson;
import dev.gatun.server.oip.model.InferRequest;
import dev.gatun.server.oip.tensor.ElementValues;
import dev.gatun.server.oip.tensor.InferTensor;
import dev.gatun.server.text.FieldValues;
import dev.gatun.server.text.PromptCut;
import dev.gatun.server.text.SamplingFields;
import dev.gatun.server.text.ServedModel;
import dev.gatun.server.text.TextRequest;
import dev.gatun.server.text.TextStreams;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A request to a generating model, read from its tensors and parameters.
 *
 * @param samples one per sequence wanted, all with the same prompt
 * @param echo stands in front of each text; the prompt or nothing
 * @param outputs names of the outputs wanted beside the text
 */
record LlmRequest(List<TextRequest> samples, boolean isStream, String echo, Set<String> outputs) {

  /** vLLM's default. */
  private static final int DEFAULT_MAX_TOKENS = 16;

  private static final String NUM_SEQUENCES = "n";
  private static final String LOGIT_BIAS = "logit_bias";

  /** Fields that are lists even where there is one element. */
  private static final Set<String> TOKEN_LISTS = Set.of("stop_token_ids", "allowed_token_ids");

  /** Names that TensorRT-LLM's clients use. */
  private static final Map<String, String> ALIASES =
      Map.of("stop_words", "stop", "random_seed", "seed", "min_length", "min_tokens");

  /** True for what may come as a tensor although the model does not declare it. */
  static boolean isSamplingInput(String name) {
    return name.equals(NUM_SEQUENCES)
        || name.equals(PromptCut.FIELD)
        || ALIASES.containsKey(name)
        || SamplingFields.names().contains(name);
  }

  /**
   * Reads and validates.
   *
   * @throws ServingException INVALID_ARGUMENT naming the field at fault
   */
  static LlmRequest read(InferRequest request, ServedModel model, long deadlineNanos) {
    boolean isStream = flag(request, LlmTensors.STREAM, false);
    boolean excludesInput = flag(request, LlmTensors.EXCLUDE_INPUT_IN_OUTPUT, isStream);
    if (isStream && !excludesInput) {
      throw ServingException.invalidField(
          LlmTensors.EXCLUDE_INPUT_IN_OUTPUT,
          "exclude_input_in_output is false, which stream = true does not allow");
    }
    Set<String> outputs =
        LlmTensors.OUTPUTS.stream()
            .map(spec -> spec.name())
            .filter(name -> isWanted(request, name))
            .collect(Collectors.toUnmodifiableSet());
    String text = text(request, LlmTensors.TEXT_INPUT);
    Map<String, Object> fields = samplingFields(request);
    int numSequences = numSequences(fields.remove(NUM_SEQUENCES));
    PromptCut cut = PromptCut.of(fields.remove(PromptCut.FIELD), model.maxModelLen());
    if (outputs.contains(LlmTensors.LOGPROBS) || outputs.contains(LlmTensors.CUMULATIVE_LOGPROB)) {
      fields.putIfAbsent("logprobs", 0L);
    }
    SamplingFields sampling = new SamplingFields(model).deadlineNanos(deadlineNanos);
    fields.forEach(sampling::set);
    int[] promptTokenIds = model.prompts().encode(text, true, cut, deadlineNanos);
    List<TextRequest> samples =
        sampling.toSamples(_ -> request.id(), promptTokenIds, DEFAULT_MAX_TOKENS, numSequences);
    return new LlmRequest(samples, isStream, excludesInput ? "" : text, outputs);
  }

  private static boolean isWanted(InferRequest request, String output) {
    return !output.equals(LlmTensors.TEXT_OUTPUT)
        && (request.outputs().contains(output)
            || flag(request, LlmTensors.RETURN_PREFIX + output, false));
  }

  /** A tensor, or a parameter of the same name, or the default. */
  private static boolean flag(InferRequest request, String name, boolean defaultValue) {
    Object value =
        request
            .input(name)
            .map(tensor -> ElementValues.of(tensor).getFirst())
            .orElse(request.parameters().get(name));
    return value == null ? defaultValue : FieldValues.toBoolean(name, value);
  }

  private static String text(InferRequest request, String name) {
    InferTensor tensor =
        request.input(name).orElseThrow(() -> ServingException.invalid("no input " + name));
    return FieldValues.toText(name, ElementValues.of(tensor).getFirst());
  }

  /** Parameters, or the JSON tensor in their place, and over them tensors of their own. */
  private static Map<String, Object> samplingFields(InferRequest request) {
    Map<String, Object> fields = new LinkedHashMap<>();
    if (request.input(LlmTensors.SAMPLING_PARAMETERS).isPresent()) {
      readJson(text(request, LlmTensors.SAMPLING_PARAMETERS), fields);
    } else {
      request
          .parameters()
          .forEach(
              (name, value) -> {
                if (isSamplingInput(name)) {
                  put(fields, name, value);
                }
              });
    }
    for (InferTensor input : request.inputs()) {
      if (isSamplingInput(input.name())) {
        List<Object> values = ElementValues.of(input);
        if (!values.isEmpty()) {
          put(fields, input.name(), values.size() == 1 ? values.getFirst() : values);
        }
      }
    }
    return fields;
  }

  private static void readJson(String json, Map<String, Object> fields) {
    readObject(json, LlmTensors.SAMPLING_PARAMETERS)
        .forEachEntry(
            (name, node) -> {
              if (!isSamplingInput(name)) {
                throw ServingException.invalidField(
                    name, "sampling_parameters has '" + name + "', which is no known field");
              }
              put(fields, name, node.isObject() ? node.toString() : OipJson.value(name, node));
            });
  }

  private static ObjectNode readObject(String json, String what) {
    return OipJson.readObject(json.getBytes(StandardCharsets.UTF_8), what);
  }

  /** The one field that is a map; protocols without maps carry it as JSON text. */
  private static Map<String, Object> biases(String json) {
    Map<String, Object> biases = new LinkedHashMap<>();
    readObject(json, LOGIT_BIAS)
        .forEachEntry(
            (id, node) -> {
              Object bias = OipJson.value(LOGIT_BIAS, node);
              if (bias != null) {
                biases.put(id, bias);
              }
            });
    return biases;
  }

  private static void put(Map<String, Object> fields, String name, @Nullable Object value) {
    if (value == null) {
      return;
    }
    String field = ALIASES.getOrDefault(name, name);
    // Clients with a fixed set of inputs send one empty stop word for none.
    if (name.equals("stop_words") && isEmptyText(value)) {
      return;
    }
    fields.put(field, oneOrMany(field, value));
  }

  private static boolean isEmptyText(Object value) {
    return value.equals("") || value.equals(List.of(""));
  }

  private static Object oneOrMany(String field, Object value) {
    if (field.equals(LOGIT_BIAS) && value instanceof String json) {
      return biases(json);
    }
    return TOKEN_LISTS.contains(field) && !(value instanceof List) ? List.of(value) : value;
  }

  private static int numSequences(@Nullable Object value) {
    int count = value == null ? 1 : FieldValues.toInt(NUM_SEQUENCES, value);
    if (count < 1 || count > TextStreams.MAX_CHOICES) {
      throw ServingException.invalidField(
          NUM_SEQUENCES, "n is " + count + ", must be in [1, " + TextStreams.MAX_CHOICES + "]");
    }
    return count;
  }
}
