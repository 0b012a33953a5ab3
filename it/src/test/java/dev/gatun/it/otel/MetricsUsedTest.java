package dev.gatun.it.otel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.server.metrics.MetricNames;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Rules and dashboards name no metric that the code does not have. */
class MetricsUsedTest {
  /** What Prometheus adds itself. */
  private static final Set<String> FROM_PROMETHEUS = Set.of("up");

  private static Set<String> known() {
    Set<String> known = new HashSet<>(FROM_PROMETHEUS);
    known.addAll(OtelFiles.recorded());
    known.addAll(MetricNames.sampleNames());
    return known;
  }

  @Test
  void rulesNameOnlyWhatIsThere() {
    Set<String> unknown = new TreeSet<>();
    OtelFiles.rules().forEach(rule -> unknown.addAll(Promql.metricNames(rule.expression())));
    assertThat(unknown).contains("vllm:num_requests_running", "up");

    unknown.removeAll(known());

    assertThat(unknown).as("metrics in rules that nothing exports").isEmpty();
  }

  @Test
  void theNamesInAnExpressionAreFound() {
    String expression =
        """
        sum by (namespace, le) (rate(a:b_total{c="d{e}", f=~"$g"}[5m])) / ignoring (h) i
          and on (j) (k_l > 1.5e3 or m offset 5m) unless up == 0
        """;

    assertThat(Promql.metricNames(expression))
        .containsExactlyInAnyOrder("a:b_total", "i", "k_l", "m", "up");
  }
}
