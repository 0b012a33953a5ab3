package dev.gatun.model.jinja;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Evaluated arguments of a call. */
record Arguments(List<Object> positional, Map<String, Object> named) {

  static final Arguments NONE = new Arguments(List.of(), Map.of());

  /** Assigns the arguments to {@code names} as Python does; {@code callee} is for the messages. */
  Bound bind(String callee, String... names) {
    if (positional.size() > names.length) {
      throw new JinjaException(
          "%s takes at most %d arguments (%d given)"
              .formatted(callee, names.length, positional.size()));
    }
    Map<String, Object> values = new LinkedHashMap<>();
    for (int i = 0; i < positional.size(); i++) {
      values.put(names[i], positional.get(i));
    }
    named.forEach(
        (name, value) -> {
          if (!List.of(names).contains(name)) {
            throw new JinjaException(callee + " got an unexpected keyword argument '" + name + "'");
          }
          if (values.putIfAbsent(name, value) != null) {
            throw new JinjaException(callee + " got multiple values for argument '" + name + "'");
          }
        });
    return new Bound(callee, values);
  }

  /** The arguments without the first positional one. */
  Arguments tail() {
    return new Arguments(positional.subList(1, positional.size()), named);
  }

  /** Arguments by name. */
  record Bound(String callee, Map<String, Object> values) {

    @Nullable Object get(String name) {
      return values.get(name);
    }

    Object required(String name) {
      Object value = values.get(name);
      if (value == null) {
        throw new JinjaException(callee + " missing required argument '" + name + "'");
      }
      return value;
    }

    Object or(String name, Object fallback) {
      Object value = values.get(name);
      return value == null ? fallback : value;
    }

    boolean isTrue(String name, boolean fallback) {
      Object value = values.get(name);
      return value == null ? fallback : Types.isTrue(value);
    }

    String string(String name, String fallback) {
      return requireString(name, or(name, fallback));
    }

    String requiredString(String name) {
      return requireString(name, required(name));
    }

    private String requireString(String name, Object value) {
      if (value instanceof String text) {
        return text;
      }
      if (value instanceof Undefined undefined) {
        throw undefined.failure();
      }
      throw new JinjaException(
          "%s: argument '%s' must be str, not %s".formatted(callee, name, Types.name(value)));
    }

    int integer(String name, int fallback) {
      Object value = values.get(name);
      if (value == null) {
        return fallback;
      }
      if (value instanceof Undefined undefined) {
        throw undefined.failure();
      }
      if (Numbers.integer(value) == null) {
        throw new JinjaException(
            "%s: argument '%s' must be int, not %s".formatted(callee, name, Types.name(value)));
      }
      return Numbers.clampedInt(value, "arguments");
    }
  }
}
