package dev.gatun.it.manifests;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Scaling rules name only metrics that a server exports. */
class MetricReferencesTest {

  @Test
  void everyMetricOfTheManifestsExists() {
    Set<String> used = new TreeSet<>();
    Manifests.files().forEach(file -> used.addAll(MetricReferences.in(Manifests.read(file))));

    assertThat(used).contains("vllm:num_requests_waiting", "vllm:kv_cache_usage_perc");
    assertThat(used).allMatch(MetricReferences::isKnown);
  }

  /** The adapter of the metrics API replaces the colon. */
  @Test
  void theAutoscalersMetricsAreThoseOfTheAdapter() {
    for (JsonNode autoscaler : Manifests.ofKind(Manifests.documents(), "HorizontalPodAutoscaler")) {
      for (JsonNode metric : autoscaler.at("/spec/metrics")) {
        String name = metric.at("/pods/metric/name").asText();
        assertThat(name.replaceFirst("_", ":")).matches(MetricReferences::isKnown);
      }
    }
  }

  @Test
  void anInventedNameIsFound() {
    assertThat(
            MetricReferences.unknown(
                "sum(vllm:queue_depth) + rate(vllm:generation_tokens_total[1m])"
                    + " / vllm:time_to_first_token_seconds_bucket"))
        .containsExactly("vllm:queue_depth");
  }
}
