package dev.gatun.it.manifests;

import dev.gatun.server.metrics.MetricNames;
import dev.gatun.server.metrics.MetricRow;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Names of metrics in a text, compared with the table of the code. */
final class MetricReferences {
  private static final Pattern WIRE = Pattern.compile("\\b(?:vllm|gatun):[a-z][a-z0-9_]+");
  private static final Pattern SUFFIX = Pattern.compile("_(total|bucket|sum|count)$");

  private static final Set<String> KNOWN =
      MetricNames.all().stream()
          .map(MetricRow::name)
          .collect(Collectors.toCollection(TreeSet::new));

  private MetricReferences() {}

  /** Those that no server exports. */
  static Set<String> unknown(String text) {
    Set<String> unknown = new TreeSet<>(in(text));
    unknown.removeIf(MetricReferences::isKnown);
    return unknown;
  }

  static Set<String> in(String text) {
    Set<String> names = new TreeSet<>();
    Matcher matcher = WIRE.matcher(text);
    while (matcher.find()) {
      names.add(matcher.group());
    }
    return names;
  }

  static boolean isKnown(String name) {
    return KNOWN.contains(name) || KNOWN.contains(SUFFIX.matcher(name).replaceFirst(""));
  }
}
