package dev.gatun.server.http;

import java.util.Map;

/** Values of a pattern's {names} in one request, percent-decoded once; safe as file names. */
public final class PathValues {
  private final Map<String, String> values;

  PathValues(Map<String, String> values) {
    this.values = Map.copyOf(values);
  }

  /** The value of a name that the route's pattern contains. */
  public String get(String name) {
    String value = values.get(name);
    if (value == null) {
      throw new IllegalStateException("the route's pattern has no {" + name + "}");
    }
    return value;
  }
}
