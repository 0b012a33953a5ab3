package dev.gatun.it.otel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.gatun.it.Command;
import dev.gatun.it.PrometheusPackage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Prometheus's own tool accepts the rules, and each of them does what its test file says. */
class RulesTest {
  private static String[] command(String verb, List<Path> files) {
    return Stream.concat(
            Stream.of(PrometheusPackage.promtool(), verb, "rules"),
            files.stream().map(Path::toString))
        .toArray(String[]::new);
  }

  @Test
  void promtoolAcceptsTheRules() throws Exception {
    assertThat(Command.output(command("check", OtelFiles.ruleFiles()))).contains("SUCCESS");
  }

  @TestFactory
  List<DynamicTest> rulesComputeAndAlertsFireAsTheirTestsSay() {
    return OtelFiles.files("prometheus/tests", ".yml").stream()
        .map(
            file ->
                DynamicTest.dynamicTest(
                    file.getFileName().toString(),
                    () -> Command.output(command("test", List.of(file)))))
        .toList();
  }

  @Test
  void promtoolRefusesAWrongRule() throws Exception {
    Path wrong = Path.of("it/src/test/resources/otel/wrong-rule.yml");

    assertThat(Command.run(command("check", List.of(wrong))).status()).isNotZero();
  }

  @Test
  void everyAlertHasATestWhereItFiresAndOneWhereItDoesNot() {
    Set<String> firing = new HashSet<>();
    Set<String> quiet = new HashSet<>();
    for (Path file : OtelFiles.files("prometheus/tests", ".yml")) {
      for (JsonNode test : OtelFiles.parse(file).path("tests")) {
        for (JsonNode check : test.path("alert_rule_test")) {
          int numFiring = check.path("exp_alerts").size();
          if (numFiring > 0) {
            firing.add(check.path("alertname").asText());
          }
          if (numFiring < numSubjects(test)) {
            quiet.add(check.path("alertname").asText());
          }
        }
      }
    }
    List<String> alerts = new ArrayList<>();
    OtelFiles.rules().stream().filter(OtelFiles.Rule::isAlert).forEach(r -> alerts.add(r.name()));

    assertThat(firing).containsExactlyInAnyOrderElementsOf(alerts);
    assertThat(quiet).containsExactlyInAnyOrderElementsOf(alerts);
  }

  /** Pods and models that the series of a test speak of; each could have an alert of its own. */
  private static int numSubjects(JsonNode test) {
    Set<String> subjects = new HashSet<>();
    for (JsonNode series : test.path("input_series")) {
      String labels = series.path("series").asText().replaceAll("^[^{]*", "");
      subjects.add(labels.replaceAll("(le|finished_reason|reason|phase|state)=\"[^\"]*\"", ""));
    }
    return subjects.size();
  }

  @Test
  void thePrometheusRuleHoldsTheSameGroups() {
    List<JsonNode> groups = new ArrayList<>();
    for (Path file : OtelFiles.ruleFiles()) {
      OtelFiles.parse(file).path("groups").forEach(groups::add);
    }
    JsonNode resource =
        OtelFiles.parse(OtelFiles.folder().resolve("prometheus/prometheusrule.yaml"));

    assertThat(resource.path("kind").asText()).isEqualTo("PrometheusRule");
    assertThat(resource.at("/spec/groups")).containsExactlyInAnyOrderElementsOf(groups);
  }

  @Test
  void generatedFilesAreWhatTheirSourcesMake() throws Exception {
    assumeTrue(Command.succeeds("python3", "--version"), "no python3 here");

    assertThat(Command.run("python3", "otel/make.py", "--check"))
        .isEqualTo(new Command.Result(0, ""));
  }
}
