package dev.gatun.it.otel;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** As much of PromQL as it takes to find the metrics in an expression. */
final class Promql {
  /**
   * Texts, label matchers, ranges, variables of Grafana, and lists of labels: no metric in them.
   */
  private static final Pattern WITHOUT_METRICS =
      Pattern.compile(
          "\"[^\"]*\"|'[^']*'|\\{[^}]*}|\\[[^\\]]*]|\\$\\w+"
              + "|\\b(by|without|on|ignoring|group_left|group_right)\\s*\\([^)]*\\)");

  private static final Pattern IDENTIFIER =
      Pattern.compile("(?<![\\w:.])[a-zA-Z_:][\\w:]*(?!\\s*\\()(?![\\w:])");
  private static final Set<String> KEYWORDS =
      Set.of("and", "or", "unless", "by", "without", "bool", "offset", "inf", "nan");

  private Promql() {}

  static Set<String> metricNames(String expression) {
    // A text may hold a brace, so the alternatives are tried from left to right in one pass.
    String rest = WITHOUT_METRICS.matcher(expression).replaceAll(" ");
    Set<String> names = new LinkedHashSet<>();
    Matcher matcher = IDENTIFIER.matcher(rest);
    while (matcher.find()) {
      boolean isFunction = rest.substring(matcher.end()).stripLeading().startsWith("(");
      if (!isFunction && !KEYWORDS.contains(matcher.group())) {
        names.add(matcher.group());
      }
    }
    return names;
  }
}
