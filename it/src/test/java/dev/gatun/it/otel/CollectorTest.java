package dev.gatun.it.otel;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.gatun.it.Command;
import dev.gatun.it.PrometheusPackage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The collector's configuration holds together. No registry that a build can count on has the
 * collector itself, so structure and names are checked here, and the scrape part by promtool.
 */
class CollectorTest {
  private static final Path FOLDER = OtelFiles.folder().resolve("collector");

  /** Types of the contrib distribution that we use, by section. */
  private static final Map<String, Set<String>> TYPES =
      Map.of(
          "extensions", Set.of("health_check"),
          "receivers", Set.of("otlp", "prometheus"),
          "processors",
              Set.of(
                  "memory_limiter",
                  "resourcedetection",
                  "resource",
                  "transform",
                  "filter",
                  "batch"),
          "exporters", Set.of("prometheusremotewrite", "otlp"));

  private static JsonNode config(String file) {
    JsonNode root = OtelFiles.parse(FOLDER.resolve(file));
    return root.has("kind") ? root.at("/spec/config") : root;
  }

  private static List<String> texts(JsonNode list) {
    List<String> texts = new ArrayList<>();
    list.forEach(text -> texts.add(text.asText()));
    return texts;
  }

  private static Set<String> names(JsonNode section) {
    Set<String> names = new TreeSet<>();
    section.fieldNames().forEachRemaining(names::add);
    return names;
  }

  @ParameterizedTest
  @ValueSource(strings = {"gateway.yaml", "gateway-cr.yaml", "sidecar-cr.yaml"})
  void pipelinesUseWhatIsDefinedAndAllOfIt(String file) {
    JsonNode config = config(file);
    TYPES.forEach(
        (section, types) -> {
          Set<String> used = new TreeSet<>(texts(config.at("/service/" + section)));
          for (JsonNode pipeline : config.at("/service/pipelines")) {
            used.addAll(texts(pipeline.path(section)));
          }
          assertThat(used).as(section).isEqualTo(names(config.path(section)));
          assertThat(used).allMatch(name -> types.contains(name.replaceFirst("/.*", "")));
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"gateway.yaml", "sidecar-cr.yaml"})
  void memoryIsLimitedFirstAndBatchesAreMadeLast(String file) {
    for (JsonNode pipeline : config(file).at("/service/pipelines")) {
      List<String> processors = texts(pipeline.path("processors"));

      assertThat(processors.getFirst()).isEqualTo("memory_limiter");
      assertThat(processors.subList(0, processors.size() - 1))
          .noneMatch(name -> name.startsWith("batch"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gateway.yaml", "sidecar-cr.yaml"})
  void filtersNameMetricsThatAreThere(String file) {
    List<String> filtered = new ArrayList<>();
    for (JsonNode processor : config(file).path("processors")) {
      filtered.addAll(texts(processor.at("/metrics/include/metric_names")));
    }

    assertThat(filtered).contains("vllm:num_requests_waiting");
    assertThat(MetricsUsedTest.known()).containsAll(filtered);
  }

  @ParameterizedTest
  @ValueSource(strings = {"gateway.yaml", "sidecar-cr.yaml"})
  void promtoolAcceptsTheScrapes(String file, @TempDir Path folder) throws Exception {
    // The collector reads $$ as one $, and Debian's promtool is built without Kubernetes.
    String scrape =
        config(file)
            .at("/receivers/prometheus/config")
            .toString()
            .replace("$$", "$")
            .replace(
                "\"kubernetes_sd_configs\":[{\"role\":\"pod\"}]",
                "\"static_configs\":[{\"targets\":[\"pod:8080\"]}]");
    Path copy = Files.writeString(folder.resolve("prometheus.yml"), scrape);

    assertThat(
            Command.output(
                PrometheusPackage.promtool(), "check", "config", "--syntax-only", copy.toString()))
        .contains("SUCCESS");
  }

  @Test
  void theGatewayResourceHoldsTheSameConfiguration() {
    assertThat(config("gateway-cr.yaml")).isEqualTo(config("gateway.yaml"));
  }

  /** In front of KServe's own steps ours only has the memory limit. */
  @Test
  void theSidecarIsTheOneThatKServeMakes() {
    JsonNode sidecar = OtelFiles.parse(FOLDER.resolve("sidecar-cr.yaml"));
    JsonNode config = sidecar.at("/spec/config");

    assertThat(sidecar.at("/spec/mode").asText()).isEqualTo("sidecar");
    JsonNode scrape = config.at("/receivers/prometheus/config/scrape_configs/0");
    assertThat(scrape.path("job_name").asText()).isEqualTo("otel-collector");
    assertThat(texts(scrape.at("/static_configs/0/targets"))).containsExactly("localhost:8080");
    assertThat(texts(config.at("/service/pipelines/metrics/processors")))
        .containsExactly("memory_limiter", "resourcedetection/env", "transform", "filter/metrics");
    assertThat(texts(config.at("/processors/transform/metric_statements/0/statements")))
        .containsExactly(
            "set(attributes[\"namespace\"], resource.attributes[\"k8s.namespace.name\"])",
            "set(attributes[\"deployment\"], resource.attributes[\"k8s.deployment.name\"])",
            "set(attributes[\"pod\"], resource.attributes[\"k8s.pod.name\"])");
    assertThat(config.at("/exporters/otlp/endpoint").asText())
        .isEqualTo("keda-otel-scaler.keda.svc:4317");
  }
}
