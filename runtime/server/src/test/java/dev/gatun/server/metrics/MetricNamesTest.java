package dev.gatun.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.server.metrics.Exposition.Sample;
import dev.gatun.server.metrics.MetricRow.Label;
import dev.gatun.server.metrics.MetricRow.Presence;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class MetricNamesTest {

  @Test
  void metricsShowsTheTableAndNothingElse() throws InterruptedException {
    Exposition all = MetricsFixture.complete().scrape();

    Set<String> families =
        MetricNames.all().stream().map(MetricRow::familyName).collect(Collectors.toSet());
    assertThat(all.families().keySet()).containsExactlyInAnyOrderElementsOf(families);
    for (MetricRow row : MetricNames.all()) {
      Exposition.Family family = all.families().get(row.familyName());
      assertThat(family.type()).isEqualTo(row.kind().name().toLowerCase(Locale.ROOT));
      for (Sample sample : family.samples()) {
        Set<String> labels = new TreeSet<>(sample.labels().keySet());
        labels.remove("le");
        assertThat(row.sampleNames()).contains(sample.name());
        assertThat(labels)
            .as(sample.toString())
            .containsExactlyInAnyOrderElementsOf(row.labels().stream().map(Label::name).toList());
      }
    }
  }

  @Test
  void everythingThatNeedsNoModelIsThereWhileItLoads() {
    Exposition empty = new MetricsFixture().scrape();

    for (MetricRow row : MetricNames.all()) {
      boolean isCall = row.name().startsWith("http_") || row.name().startsWith("grpc_");
      if (row.presence() == Presence.ALWAYS && !isCall) {
        assertThat(empty.families()).containsKey(row.familyName());
      }
    }
    assertThat(empty.value("vllm:num_requests_waiting", "model_name", "m", "engine", "0")).isZero();
    assertThat(empty.value("gatun:startup_phase", "phase", "arrival")).isEqualTo(1);
  }

  /** Collectors put these on what they pass on, and series that differ in them alone collapse. */
  @Test
  void noLabelIsOneOfTheCollectors() {
    for (MetricRow row : MetricNames.all()) {
      assertThat(row.labels().stream().map(Label::name))
          .doesNotContain("namespace", "deployment", "pod", "instance", "job", "le");
    }
  }

  @Test
  void retiredNamesCanBeSwitchedOff() {
    Exposition without = new MetricsFixture(false).scrape();

    for (LegacyMetric metric : LegacyMetric.values()) {
      assertThat(without.families()).doesNotContainKey(metric.row().familyName());
    }
    assertThat(without.families()).containsKey("vllm:kv_cache_usage_perc");
  }
}
