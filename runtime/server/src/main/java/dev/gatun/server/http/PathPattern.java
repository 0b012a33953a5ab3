package dev.gatun.server.http;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A path with literal segments, {@code {name}} for one segment and, at the end only, {@code
 * {name*}} for one or more. Orders the more literal pattern first. Immutable.
 */
record PathPattern(String text, List<Segment> segments) implements Comparable<PathPattern> {

  /** What a segment accepts; the order is the precedence. */
  private enum Kind {
    LITERAL,
    ONE,
    REST
  }

  private record Segment(Kind kind, String text) {}

  static PathPattern parse(String pattern) {
    if (!pattern.startsWith("/")) {
      throw new IllegalArgumentException("pattern must start with a slash: " + pattern);
    }
    List<Segment> segments = new ArrayList<>();
    for (String part : PathSegments.split(pattern)) {
      if (!segments.isEmpty() && segments.getLast().kind == Kind.REST) {
        throw new IllegalArgumentException("{name*} must come last: " + pattern);
      }
      segments.add(segment(part));
    }
    return new PathPattern(pattern, List.copyOf(segments));
  }

  private static Segment segment(String part) {
    if (!part.startsWith("{")) {
      return new Segment(Kind.LITERAL, part);
    }
    if (part.endsWith("*}")) {
      return new Segment(Kind.REST, part.substring(1, part.length() - 2));
    }
    return new Segment(Kind.ONE, part.substring(1, part.length() - 1));
  }

  /** The values of the names if the decoded segments match. */
  Optional<PathValues> match(List<String> path) {
    boolean open = !segments.isEmpty() && segments.getLast().kind == Kind.REST;
    if (open ? path.size() < segments.size() : path.size() != segments.size()) {
      return Optional.empty();
    }
    Map<String, String> values = new HashMap<>();
    for (int i = 0; i < segments.size(); i++) {
      Segment segment = segments.get(i);
      String actual =
          segment.kind == Kind.REST ? String.join("/", path.subList(i, path.size())) : path.get(i);
      if (!accepts(segment, actual)) {
        return Optional.empty();
      }
      values.put(segment.text, actual);
    }
    return Optional.of(new PathValues(values));
  }

  /** A slash inside one segment would name something else than the client's path says. */
  private static boolean accepts(Segment segment, String actual) {
    return switch (segment.kind) {
      case LITERAL -> segment.text.equals(actual);
      case ONE -> !actual.isEmpty() && actual.indexOf('/') < 0;
      case REST -> !actual.isEmpty() && !actual.startsWith("/") && !actual.contains("//");
    };
  }

  @Override
  public int compareTo(PathPattern other) {
    int common = Math.min(segments.size(), other.segments.size());
    for (int i = 0; i < common; i++) {
      int order = segments.get(i).kind.compareTo(other.segments.get(i).kind);
      if (order != 0) {
        return order;
      }
    }
    return Integer.compare(segments.size(), other.segments.size());
  }
}
