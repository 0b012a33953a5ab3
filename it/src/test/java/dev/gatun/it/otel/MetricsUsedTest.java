package dev.gatun.it.otel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.server.metrics.MetricNames;
import dev.gatun.server.metrics.MetricRow;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Rules and dashboards name no metric that the code does not have. */
class MetricsUsedTest {
  /** What Prometheus adds itself. */
  private static final Set<String> FROM_PROMETHEUS = Set.of("up");

  static Set<String> known() {
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
  void dashboardsNameOnlyWhatIsThere() {
    Set<String> unknown = new TreeSet<>();
    for (Path file : Dashboards.files()) {
      Dashboards.queries(file)
          .forEach(query -> unknown.addAll(Promql.metricNames(query.expression())));
    }
    assertThat(unknown).contains("vllm:num_requests_running", "gatun:gpu_power_watts");

    unknown.removeAll(known());

    assertThat(unknown).as("metrics in dashboards that nothing exports").isEmpty();
  }

  /** Of every metric that is Gatun's own, somebody has to be able to see something. */
  @Test
  void whatGatunAddsIsShownSomewhere() {
    Set<String> unseen = new TreeSet<>();
    MetricNames.all().stream()
        .map(MetricRow::familyName)
        .filter(name -> name.startsWith("gatun:"))
        .forEach(unseen::add);
    String shown =
        Stream.concat(
                Dashboards.files().stream()
                    .flatMap(file -> Dashboards.queries(file).stream())
                    .map(Dashboards.Query::expression),
                OtelFiles.rules().stream().map(OtelFiles.Rule::expression))
            .collect(Collectors.joining("\n"));

    unseen.removeIf(shown::contains);

    assertThat(unseen).as("metrics in no dashboard and no rule").isEmpty();
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
