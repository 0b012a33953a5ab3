package dev.gatun.server.keda;

import java.util.EnumMap;
import java.util.Map;

/** Reads the signals out of the text format 0.0.4 of Prometheus. */
final class MetricsText {
  private MetricsText() {}

  /**
   * Values by signal. Several series of one metric, as of several models in one pod, are added, but
   * for shares and ages, of which the largest counts. What is not a number is left out.
   */
  static PodSample parse(String text) {
    Map<Signal, Double> values = new EnumMap<>(Signal.class);
    text.lines().forEach(line -> parseLine(line, values));
    return new PodSample(values);
  }

  private static void parseLine(String line, Map<Signal, Double> values) {
    for (Signal signal : Signal.values()) {
      if (isOf(line, signal.metric())) {
        double value = value(line);
        if (Double.isFinite(value)) {
          values.merge(
              signal,
              value,
              signal == Signal.WAITING || signal == Signal.RUNNING ? Double::sum : Math::max);
        }
      }
    }
  }

  private static boolean isOf(String line, String metric) {
    if (!line.startsWith(metric) || line.length() == metric.length()) {
      return false;
    }
    char next = line.charAt(metric.length());
    return next == '{' || next == ' ';
  }

  /** {@code name{labels} value [timestamp]}; label values may hold braces and spaces. */
  private static double value(String line) {
    int end = line.lastIndexOf('}');
    String rest = end >= 0 ? line.substring(end + 1) : line.substring(line.indexOf(' '));
    String[] fields = rest.strip().split(" ", 2);
    try {
      return Double.parseDouble(fields[0]);
    } catch (NumberFormatException _) {
      return Double.NaN; // +Inf and NaN are spelt otherwise in Java, and are no load either
    }
  }
}
