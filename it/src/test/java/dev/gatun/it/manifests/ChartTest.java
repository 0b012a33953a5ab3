package dev.gatun.it.manifests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.abort;

import com.fasterxml.jackson.databind.JsonNode;
import com.marcnuri.helm.Helm;
import com.marcnuri.helm.LintResult;
import com.marcnuri.helm.TemplateCommand;
import dev.gatun.it.Command;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The Helm chart, rendered by Helm's own code. */
class ChartTest {
  private static final Map<String, String> EVERYTHING =
      Map.of("kedaScaler.enabled", "true", "podMonitor.enabled", "true");

  private static final List<Map<String, String>> VARIANTS =
      List.of(
          Map.of(),
          EVERYTHING,
          Map.of("scope", "Namespace"),
          Map.of(
              "runtimes.gpu.enabled", "false",
              "runtimes.cpu.args[0]", "--max-model-len=8k",
              "runtimes.cpu.nodeSelector.pool", "models",
              "runtimes.cpu.tolerations[0].operator", "Exists",
              "imagePullSecrets[0].name", "registry",
              "image.repository", "registry.example.com/gatun",
              "image.cpuTag", "1.2.3"),
          Map.of("podMonitor.enabled", "true", "podMonitor.namespaces[0]", "models"));

  private static Helm chart() {
    try {
      return new Helm(Manifests.root("helm/gatun"));
    } catch (UnsatisfiedLinkError | NoClassDefFoundError e) {
      return abort("Helm's library is not there for this platform: " + e.getMessage());
    }
  }

  private static String render(Map<String, String> values) {
    TemplateCommand template =
        chart().template().withName("gatun").withNamespace("gatun").withKubeVersion("1.32.0");
    values.forEach(template::set);
    return template.call();
  }

  @Test
  void everyVariantIsValid(@TempDir Path dir) throws Exception {
    for (int i = 0; i < VARIANTS.size(); i++) {
      Files.writeString(dir.resolve("variant" + i + ".yaml"), render(VARIANTS.get(i)));
    }

    Command.Result result = Validator.run(List.of(dir));

    assertThat(result.status()).as(result.output()).isZero();
    System.out.print(result.output().replace(dir + "/", "validator: helm "));
  }

  @Test
  void theDefaultsAreWhatKustomizeMakes() throws Exception {
    List<JsonNode> expected = new ArrayList<>();
    for (String folder : List.of("base", "keda-scaler")) {
      expected.addAll(Manifests.documents(Manifests.render(Manifests.root(folder))));
    }
    expected.removeIf(document -> document.path("kind").asText().equals("Namespace"));

    List<JsonNode> rendered = Manifests.documents(render(Map.of("kedaScaler.enabled", "true")));

    assertThat(rendered).containsExactlyInAnyOrderElementsOf(expected);
  }

  @Test
  void valuesReachTheRuntime() {
    JsonNode runtime = Manifests.documents(render(VARIANTS.get(3))).getFirst();

    JsonNode container = runtime.at("/spec/containers/0");
    assertThat(container.path("image").asText()).isEqualTo("registry.example.com/gatun:1.2.3");
    assertThat(container.path("args").get(1).asText()).isEqualTo("--served-model-name={{.Name}}");
    assertThat(container.path("args")).last().hasToString("\"--max-model-len=8k\"");
    assertThat(runtime.at("/spec/nodeSelector/pool").asText()).isEqualTo("models");
    assertThat(runtime.at("/spec/imagePullSecrets/0/name").asText()).isEqualTo("registry");
  }

  @Test
  void thePodMonitorFindsTheSamePortsAsTheExample() {
    JsonNode rendered =
        Manifests.ofKind(Manifests.documents(render(VARIANTS.getLast())), "PodMonitor").getFirst();
    JsonNode example = Manifests.ofKind(Manifests.documents(), "PodMonitor").getFirst();

    assertThat(rendered.at("/spec/podMetricsEndpoints"))
        .isEqualTo(example.at("/spec/podMetricsEndpoints"));
  }

  @ParameterizedTest
  @CsvSource({
    "runtimes.cpu.argz, --x, argz",
    "scope, Galaxy, scope",
    "kedaScaler.port, 0, port",
    "drain.preStopSeconds, soon, preStopSeconds",
    "runtimes.cpu.args[0], max-model-len=8k, args",
    "runtimes.cpu.name, Upper_Case, name",
  })
  void theSchemaRefusesWhatIsNoValue(String key, String value, String named) {
    assertThatThrownBy(() -> render(Map.of(key, value)))
        .hasMessageContaining("values don't meet the specifications of the schema")
        .hasMessageContaining(named);
  }

  @Test
  void lintFindsNothing() {
    LintResult result = chart().lint().strict().call();

    assertThat(result.isFailed()).as("%s", result.getMessages()).isFalse();
    assertThat(result.getMessages()).noneMatch(message -> message.contains("[WARNING]"));
  }
}
