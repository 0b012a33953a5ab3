package dev.gatun.it.manifests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.it.Checkout;
import dev.gatun.it.Command;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every manifest passes the validator, and the validator finds what is wrong. */
class ManifestsTest {
  /**
   * An error planted in a good manifest.
   *
   * @param good text that is replaced by bad
   * @param message part of what the validator must say
   */
  record Planted(String file, String good, String bad, String message) {}

  private static final List<Planted> PLANTED =
      List.of(
          new Planted(
              "base/runtime-cpu.yaml",
              "containerPort: 8080",
              "containersPort: 8080",
              "unknown field (did you mean containerPort?)"),
          new Planted(
              "base/runtime-cpu.yaml",
              "containerPort: 8080",
              "containerPort: \"8080\"",
              "must be of type integer, found string"),
          new Planted(
              "base/runtime-cpu.yaml",
              "--port=8080",
              "--port={{ 8080",
              "KServe runs every container through a Go template"),
          new Planted(
              "base/runtime-cpu.yaml",
              "{{.Name}}",
              "{{.Spec.Name}}",
              "is not an ObjectMeta placeholder"),
          new Planted(
              "base/runtime-cpu.yaml",
              "name: kserve-container",
              "name: server",
              "no container named kserve-container"),
          new Planted(
              "base/runtime-cpu.yaml",
              "protocolVersions: [v2",
              "protocolVersions: [v3",
              "'v3' is unknown to KServe"),
          new Planted(
              "base/runtime-cpu.yaml",
              "runAsNonRoot: true",
              "runAsNonRoot: sometimes",
              "must be of type boolean"),
          new Planted(
              "base/runtime-cpu.yaml",
              "name: gatun-tmp\n          mount",
              "name: elsewhere\n          mount",
              "no volume named 'elsewhere'"),
          new Planted(
              "base/runtime-cpu.yaml",
              "- name: gatun\n",
              "- name: huggingface\n",
              "1 is taken by kserve-huggingfaceserver for format 'huggingface'"),
          new Planted(
              "base/runtime-gpu.yaml",
              "- name: gatun\n      version",
              "- name: gatun\n      autoSelect: true\n      priority: 1\n      version",
              "1 is taken by gatun-cpu for format 'gatun'"),
          new Planted(
              "examples/inferenceservice/pvc.yaml",
              "Standard",
              "Sometimes",
              "is not a deployment mode"),
          new Planted(
              "examples/inferenceservice/pvc.yaml",
              "storageUri: pvc://models/qwen3-0.6b",
              "env: []",
              "KServe then takes the predictor for a multi-model one"),
          new Planted(
              "examples/inferenceservice/pvc.yaml",
              "minReplicas: 1",
              "minReplicas: 9",
              "is above maxReplicas"),
          new Planted(
              "examples/inferenceservice/pvc.yaml",
              "[ReadOnlyMany]",
              "[ReadSometimes]",
              "not one of"),
          new Planted(
              "examples/autoscaling/keda-podmetric.yaml",
              "inject: chat-predictor",
              "inject: chat",
              "the collector KServe creates is named 'chat-predictor'"),
          new Planted(
              "examples/autoscaling/keda-podmetric.yaml",
              "value: \"4\"",
              "value: 500m",
              "no unit suffix"),
          new Planted(
              "examples/autoscaling/scaledobject-prometheus.yaml",
              "threshold: \"4\"",
              "limit: \"4\"",
              "required by the prometheus trigger"),
          new Planted(
              "examples/autoscaling/hpa.yaml",
              "averageValue: 800m",
              "average: 800m",
              "unknown field"),
          new Planted(
              "examples/operations/networkpolicy.yaml",
              "policyTypes",
              "policyKinds",
              "unknown field"));

  private static Command.Result plantedResult = new Command.Result(0, "not run");

  @Test
  void everyFileIsValid() throws Exception {
    List<Path> files = new ArrayList<>(Manifests.files());
    files.addAll(Manifests.filesOfOtel());

    Command.Result result = Validator.run(files);

    assertThat(result.status()).as(result.output()).isZero();
    System.out.print(result.output().replace(Checkout.root() + "/", "validator: "));
  }

  @Test
  void everyKustomizationRendersToValidManifests(@TempDir Path dir) throws Exception {
    for (Path kustomization : Manifests.kustomizations()) {
      String name = Manifests.root().relativize(kustomization).toString().replace('/', '-');
      Files.writeString(dir.resolve(name + ".yaml"), Manifests.render(kustomization));
    }

    Command.Result result = Validator.run(List.of(dir));

    assertThat(result.status()).as(result.output()).isZero();
    System.out.print(result.output().replace(dir + "/", "validator: kustomize "));
  }

  /** All planted errors in one run, which reads the CRDs once. */
  @BeforeAll
  static void plant(@TempDir Path dir) throws Exception {
    Path good = Files.createDirectory(dir.resolve("a"));
    Files.copy(Manifests.root("base/runtime-cpu.yaml"), good.resolve("runtime-cpu.yaml"));
    Path bad = Files.createDirectory(dir.resolve("b"));
    for (int i = 0; i < PLANTED.size(); i++) {
      Planted row = PLANTED.get(i);
      String text = Manifests.read(Manifests.root(row.file));
      String planted = text.replace(row.good, row.bad);
      assertThat(planted).as("nothing to plant for %s", row).isNotEqualTo(text);
      Files.writeString(bad.resolve("row%02d.yaml".formatted(i)), planted);
    }
    plantedResult = Validator.run(List.of(dir));
  }

  static List<Planted> planted() {
    return PLANTED;
  }

  @ParameterizedTest
  @MethodSource("planted")
  void theValidatorFindsWhatIsWrong(Planted row) {
    String file = "row%02d.yaml".formatted(PLANTED.indexOf(row));

    String said =
        plantedResult
            .output()
            .lines()
            .filter(line -> line.contains(file) && !line.endsWith(": ok"))
            .collect(Collectors.joining("\n"));

    assertThat(said).contains(row.message);
    assertThat(plantedResult.status()).isEqualTo(1);
  }

  @Test
  void theValidatorRefusesKeysGivenTwice(@TempDir Path dir) throws Exception {
    Path twice =
        Files.writeString(
            dir.resolve("twice.yaml"),
            Manifests.read(Manifests.root("base/runtime-cpu.yaml")) + "spec: {}\n");

    assertThat(Validator.run(List.of(twice)).output()).contains("duplicate key 'spec'");
  }
}
