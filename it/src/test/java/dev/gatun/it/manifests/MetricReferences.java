package dev.gatun.it.manifests;

import dev.gatun.server.metrics.MetricNames;
import dev.gatun.server.metrics.MetricRow;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Names of metrics in a text, compared with the table of the code. */
final class MetricReferences {
  private static final Pattern WIRE = Pattern.compile("\\b(?:vllm|gatun):[a-z][a-z0-9_]+");
  private static final Pattern SUFFIX = Pattern.compile("_(total|bucket|sum|count)$");

  private static final Set<String> KNOWN =
      Stream.concat(MetricNames.all().stream(), MetricNames.ofScaler().stream())
          .map(MetricRow::name)
          .collect(Collectors.toCollection(TreeSet::new));

  private MetricReferences() {}

  /** Those that no server exports. */
  static Set<String> unknown(String text) {
    Set<String> unknown = new TreeSet<>(in(text));
    unknown.removeIf(MetricReferences::isKnown);
    return unknown;
  }

  /** Names that vLLM has retired and servers still export. */
  static Set<String> retired() {
    return MetricNames.all().stream()
        .filter(row -> row.presence() == MetricRow.Presence.LEGACY)
        .map(MetricRow::familyName)
        .collect(Collectors.toCollection(TreeSet::new));
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
