package dev.gatun.model.config;

import com.fasterxml.jackson.databind.JsonNode;
import dev.gatun.model.ModelLoadException;
import org.jspecify.annotations.Nullable;

/**
 * Typed access to the fields of one JSON object of config.json. An explicit null counts as absent
 * except for {@link #isAbsent}. Every refusal names field, value and what is accepted.
 */
final class JsonFields {
  private final String path;
  private final JsonNode object;

  /**
   * Wraps an object.
   *
   * @param path prefix of its fields' names in messages, empty for the root
   */
  JsonFields(String path, JsonNode object) {
    this.path = path;
    this.object = object;
  }

  /** Whether the field is not even mentioned: transformers then takes its class's default. */
  boolean isAbsent(String name) {
    return !object.has(name);
  }

  /** The value, or null if absent or null. */
  @Nullable JsonNode node(String name) {
    JsonNode value = object.get(name);
    return value == null || value.isNull() ? null : value;
  }

  int requiredInt(String name, int min, int max) {
    JsonNode value = node(name);
    if (value == null) {
      throw new ModelLoadException(ConfigFile.FILE_NAME + ": " + path + name + " is missing");
    }
    return toInt(name, value, min, max);
  }

  int optionalInt(String name, int fallback, int min, int max) {
    JsonNode value = node(name);
    return value == null ? fallback : toInt(name, value, min, max);
  }

  private int toInt(String name, JsonNode value, int min, int max) {
    if (!value.isIntegralNumber() || !value.canConvertToInt()) {
      throw refused(name, value, "an integer from " + min + " to " + max);
    }
    int number = value.intValue();
    if (number < min || number > max) {
      throw refused(name, value, "an integer from " + min + " to " + max);
    }
    return number;
  }

  /** A finite number that is greater than {@code above}. */
  double requiredDouble(String name, double above) {
    JsonNode value = node(name);
    if (value == null) {
      throw new ModelLoadException(ConfigFile.FILE_NAME + ": " + path + name + " is missing");
    }
    return toDouble(name, value, above);
  }

  /** A finite number that is greater than {@code above}. */
  double optionalDouble(String name, double fallback, double above) {
    JsonNode value = node(name);
    return value == null ? fallback : toDouble(name, value, above);
  }

  private double toDouble(String name, JsonNode value, double above) {
    if (!value.isNumber() || !Double.isFinite(value.doubleValue())) {
      throw refused(name, value, "a number");
    }
    if (!(value.doubleValue() > above)) {
      throw refused(name, value, "a number greater than " + above);
    }
    return value.doubleValue();
  }

  boolean optionalBoolean(String name, boolean fallback) {
    JsonNode value = node(name);
    if (value == null) {
      return fallback;
    }
    if (!value.isBoolean()) {
      throw refused(name, value, "true or false");
    }
    return value.booleanValue();
  }

  String optionalString(String name, String fallback) {
    JsonNode value = node(name);
    if (value == null) {
      return fallback;
    }
    if (!value.isTextual()) {
      throw refused(name, value, "a string");
    }
    return value.textValue();
  }

  /** An object, or null if absent, null or empty. */
  @Nullable JsonFields object(String name) {
    JsonNode value = node(name);
    if (value == null) {
      return null;
    }
    if (!value.isObject()) {
      throw refused(name, value, "a JSON object");
    }
    return value.isEmpty() ? null : new JsonFields(path + name + ".", value);
  }

  ModelLoadException refused(String name, Object value, String accepted) {
    return new ModelLoadException(
        ConfigFile.FILE_NAME + ": " + path + name + " is " + value + ", expected " + accepted);
  }
}
