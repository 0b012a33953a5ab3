package dev.gatun.model.generation;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.gatun.model.ModelLoadException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * Defaults for requests that leave a sampling field out, from {@code generation_config.json}. Empty
 * where the file says nothing; values outside their range stop the start.
 *
 * <p>{@code do_sample} is not here: the values present are taken whatever it says, as vLLM does. A
 * file with temperature 0.6 and no {@code do_sample} means 0.6 to it, greedy to transformers.
 *
 * @param temperature 0 or more; 0 is greedy
 * @param topP above 0, up to 1
 * @param topK -1 or 0 for no limit
 * @param minP 0 to 1
 * @param repetitionPenalty above 0, 1 for none
 * @param maxNewTokens output tokens at most, 1 or more
 * @param eosTokenIds ids that end a sequence, of config.json when this file names none; possibly
 *     empty; not modified
 */
public record GenerationConfig(
    OptionalDouble temperature,
    OptionalDouble topP,
    OptionalInt topK,
    OptionalDouble minP,
    OptionalDouble repetitionPenalty,
    OptionalInt maxNewTokens,
    int[] eosTokenIds) {

  private static final String FILE = "generation_config.json";
  private static final JsonMapper MAPPER =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

  /**
   * Reads the file of {@code modelDir}; empty values where it is absent.
   *
   * @throws ModelLoadException naming file, field and value that cannot be used
   */
  public static GenerationConfig load(Path modelDir) {
    Fields fields = Fields.read(modelDir.resolve(FILE));
    return new GenerationConfig(
        fields.number("temperature", 0, false, Double.MAX_VALUE),
        fields.number("top_p", 0, true, 1),
        fields.integer("top_k", -1),
        fields.number("min_p", 0, false, 1),
        fields.number("repetition_penalty", 0, true, Double.MAX_VALUE),
        fields.integer("max_new_tokens", 1),
        eosTokenIds(fields, modelDir));
  }

  /** Without sampling defaults; what ends a sequence stays. */
  public GenerationConfig eosOnly() {
    return new GenerationConfig(
        OptionalDouble.empty(),
        OptionalDouble.empty(),
        OptionalInt.empty(),
        OptionalDouble.empty(),
        OptionalDouble.empty(),
        OptionalInt.empty(),
        eosTokenIds);
  }

  private static int[] eosTokenIds(Fields generation, Path modelDir) {
    if (generation.has("eos_token_id")) {
      return generation.tokenIds("eos_token_id");
    }
    Fields config = Fields.read(modelDir.resolve("config.json"));
    // Models that read images as well keep the language model's part in an object of its own.
    return config.has("eos_token_id")
        ? config.tokenIds("eos_token_id")
        : config.object("text_config").tokenIds("eos_token_id");
  }

  /** The fields of one JSON object, read with the file's name for the errors. */
  private record Fields(Path file, JsonNode json) {

    static Fields read(Path file) {
      if (!Files.exists(file)) {
        return new Fields(file, JsonNodeFactory.instance.objectNode());
      }
      try {
        JsonNode json = MAPPER.readTree(file.toFile());
        if (!json.isObject()) {
          throw new ModelLoadException(file + ": expected an object, is " + json.getNodeType());
        }
        return new Fields(file, json);
      } catch (JsonProcessingException e) {
        throw new ModelLoadException(file + ": not valid JSON: " + e.getOriginalMessage(), e);
      } catch (IOException e) {
        throw new ModelLoadException(file + ": cannot be read: " + e.getMessage(), e);
      }
    }

    boolean has(String field) {
      return json.hasNonNull(field);
    }

    Fields object(String field) {
      if (!has(field)) {
        return new Fields(file, JsonNodeFactory.instance.objectNode());
      }
      if (!json.get(field).isObject()) {
        throw unusable(field, "an object");
      }
      return new Fields(file, json.get(field));
    }

    OptionalDouble number(String field, double min, boolean isAboveMin, double max) {
      if (!has(field)) {
        return OptionalDouble.empty();
      }
      double value = json.get(field).isNumber() ? json.get(field).asDouble() : Double.NaN;
      boolean isInRange = (isAboveMin ? value > min : value >= min) && value <= max;
      if (!isInRange) {
        String upper = max == Double.MAX_VALUE ? "" : ", up to " + (long) max;
        throw unusable(
            field, "a number " + (isAboveMin ? "above " : "not below ") + (long) min + upper);
      }
      return OptionalDouble.of(value);
    }

    OptionalInt integer(String field, int min) {
      if (!has(field)) {
        return OptionalInt.empty();
      }
      JsonNode value = json.get(field);
      if (!value.isIntegralNumber() || !value.canConvertToInt() || value.asInt() < min) {
        throw unusable(field, "an integer not below " + min);
      }
      return OptionalInt.of(value.asInt());
    }

    int[] tokenIds(String field) {
      if (!has(field)) {
        return new int[0];
      }
      JsonNode value = json.get(field);
      JsonNode list = value.isArray() ? value : JsonNodeFactory.instance.arrayNode().add(value);
      int[] ids = new int[list.size()];
      for (int i = 0; i < ids.length; i++) {
        JsonNode id = list.get(i);
        if (!id.isIntegralNumber() || !id.canConvertToInt() || id.asInt() < 0) {
          throw unusable(field, "a token id or a list of token ids");
        }
        ids[i] = id.asInt();
      }
      return ids;
    }

    private ModelLoadException unusable(String field, String expected) {
      return new ModelLoadException(
          file + ": " + field + ": expected " + expected + ", is " + json.get(field));
    }
  }
}
