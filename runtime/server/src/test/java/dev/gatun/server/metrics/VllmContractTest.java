package dev.gatun.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.server.metrics.Exposition.Family;
import dev.gatun.server.metrics.Exposition.Sample;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The text of /metrics against the table of what vLLM exports. */
class VllmContractTest {
  private static final Map<String, Family> FAMILIES = families();

  /** A row of the table; labels as name or name=value,value. */
  record Expected(String name, String type, List<String> labels, String buckets) {
    boolean isAbsent() {
      return buckets.startsWith("absent: ");
    }

    Set<String> labelNames() {
      Set<String> names = new TreeSet<>();
      labels.forEach(label -> names.add(label.replaceAll("=.*", "")));
      return names;
    }
  }

  private static Map<String, Family> families() {
    try {
      return MetricsFixture.complete().scrape().families();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Stream<Expected> rows() throws IOException {
    try (InputStream table = VllmContractTest.class.getResourceAsStream("/metrics/vllm.txt")) {
      return new String(table.readAllBytes(), StandardCharsets.UTF_8)
              .lines()
              .filter(line -> !line.startsWith("#"))
              .map(line -> line.split("\\|", -1))
              .map(
                  cells ->
                      new Expected(
                          cells[0].strip(),
                          cells[1].strip(),
                          Arrays.stream(cells[2].strip().split(" ", -1))
                              .filter(s -> !s.isEmpty())
                              .toList(),
                          cells[3].strip()))
              .toList()
              .stream();
    }
  }

  private static Stream<Expected> exported() throws IOException {
    return rows().filter(row -> !row.isAbsent());
  }

  @ParameterizedTest
  @MethodSource("exported")
  void familyHasTypeLabelsAndBuckets(Expected row) {
    Family family = FAMILIES.get(row.name);

    assertThat(family).as(row.name).isNotNull();
    assertThat(family.type()).isEqualTo(row.type);
    assertThat(family.samples()).isNotEmpty();
    for (Sample sample : family.samples()) {
      Set<String> labels = new TreeSet<>(sample.labels().keySet());
      labels.remove("le");
      assertThat(labels).as(sample.toString()).isEqualTo(row.labelNames());
    }
    assertThat(bounds(family)).isEqualTo(row.type.equals("histogram") ? row.buckets : "");
  }

  @ParameterizedTest
  @MethodSource("exported")
  void everyValueOfAClosedLabelIsThereFromTheStart(Expected row) {
    for (String label : row.labels) {
      if (label.contains("=")) {
        String name = label.replaceAll("=.*", "");
        Set<String> values = new LinkedHashSet<>();
        FAMILIES.get(row.name).samples().forEach(sample -> values.add(sample.labels().get(name)));

        assertThat(values)
            .as(row.name)
            .containsExactlyInAnyOrder(label.replaceAll(".*=", "").split(",", -1));
      }
    }
  }

  /** A name of vLLM's that the table does not know would have a meaning of our own. */
  @Test
  void nothingElseIsCalledVllm() throws IOException {
    Set<String> known = new TreeSet<>();
    exported().forEach(row -> known.add(row.name));

    assertThat(FAMILIES.keySet().stream().filter(name -> name.startsWith("vllm:")))
        .isSubsetOf(known);
  }

  /** Endpoint pickers and scalers take one series of a family, or add all up. */
  @ParameterizedTest
  @MethodSource("scalingSignals")
  void scalingSignalHasOneSeries(String name) {
    assertThat(FAMILIES.get(name).samples()).hasSize(1);
  }

  private static Stream<String> scalingSignals() {
    return Stream.of(
        "vllm:num_requests_running",
        "vllm:num_requests_waiting",
        "vllm:kv_cache_usage_perc",
        "vllm:gpu_cache_usage_perc",
        "vllm:cache_config_info",
        "gatun:oldest_waiting_seconds",
        "gatun:predicted_queue_delay_seconds",
        "gatun:draining");
  }

  private static String bounds(Family family) {
    Set<String> bounds = new LinkedHashSet<>();
    for (Sample sample : family.samples()) {
      String bound = sample.labels().get("le");
      if (bound != null) {
        bounds.add(bound);
      }
    }
    return String.join(" ", bounds);
  }
}
