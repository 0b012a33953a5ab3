package dev.gatun.server.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.gatun.engine.sched.Speculation;
import java.util.List;
import java.util.Map;

/** Reads the JSON of {@code --speculative-config}; keys and defaults are vLLM's. */
final class SpeculativeConfig {
  private static final String OPTION = "--speculative-config";
  private static final String METHOD = "method";
  private static final String NUM_TOKENS = "num_speculative_tokens";
  private static final String LOOKUP_MIN = "prompt_lookup_min";
  private static final String LOOKUP_MAX = "prompt_lookup_max";
  private static final List<String> KEYS = List.of(METHOD, NUM_TOKENS, LOOKUP_MIN, LOOKUP_MAX);

  /** Both bounds of the lookup where neither is given. */
  private static final int DEFAULT_LOOKUP = 5;

  private static final int MAX_TOKENS = 64;
  private static final int MAX_LOOKUP = 1024;

  private SpeculativeConfig() {}

  /**
   * Parses.
   *
   * @param text JSON object; empty for no speculation
   * @throws ConfigException naming key, value and what is accepted
   */
  static Speculation parse(String text) {
    if (text.isEmpty()) {
      return Speculation.NONE;
    }
    JsonNode root = read(text);
    for (Map.Entry<String, JsonNode> entry : root.properties()) {
      if (!KEYS.contains(entry.getKey())) {
        throw new ConfigException(
            "%s has the key %s; known are %s"
                .formatted(OPTION, entry.getKey(), String.join(", ", KEYS)));
      }
    }
    if (!"ngram".equals(root.path(METHOD).asText())) {
      throw new ConfigException(
          "%s needs \"method\": \"ngram\", the only method there is, was %s"
              .formatted(OPTION, root.path(METHOD)));
    }
    int numTokens = count(root, NUM_TOKENS, -1, MAX_TOKENS);
    int max = count(root, LOOKUP_MAX, root.path(LOOKUP_MIN).asInt(DEFAULT_LOOKUP), MAX_LOOKUP);
    int min = count(root, LOOKUP_MIN, max, MAX_LOOKUP);
    if (min > max) {
      throw new ConfigException(
          "%s has %s %d above %s %d".formatted(OPTION, LOOKUP_MIN, min, LOOKUP_MAX, max));
    }
    return new Speculation(numTokens, min, max);
  }

  private static JsonNode read(String text) {
    try {
      JsonNode root = new JsonMapper().readTree(text);
      if (root.isObject()) {
        return root;
      }
    } catch (JsonProcessingException e) {
      throw new ConfigException(
          "%s is %s, which is not JSON: %s".formatted(OPTION, text, e.getOriginalMessage()), e);
    }
    throw new ConfigException("%s is %s, must be a JSON object".formatted(OPTION, text));
  }

  /** A whole number in [1, most]; required if the fallback is negative. */
  private static int count(JsonNode root, String key, int fallback, int most) {
    JsonNode value = root.path(key);
    if (value.isMissingNode() && fallback > 0) {
      return fallback;
    }
    if (!value.isIntegralNumber() || value.asLong() < 1 || value.asLong() > most) {
      throw new ConfigException(
          "%s needs %s as a whole number in [1, %d], was %s"
              .formatted(OPTION, key, most, value.isMissingNode() ? "not given" : value));
    }
    return value.asInt();
  }
}
