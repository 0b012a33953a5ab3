package dev.gatun.server.metrics;

import dev.gatun.server.metrics.MetricRow.Label;
import dev.gatun.server.metrics.MetricRow.Presence;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The table of metrics as a page of the documentation. */
public final class MetricsPage {
  private static final String INTRODUCTION =
      """
      # Metrics

      What `GET /metrics` shows, in Prometheus text 0.0.4, or in OpenMetrics (with traces as
      exemplars) where the scraper asks for it. Printed by `gatun metrics`; a test keeps this page
      equal to it. The label `model_name` is the first served name, `engine` is always `0`. Series
      are there with 0 from the start unless the table says otherwise. No label is called
      namespace, deployment or pod, so that collectors can add theirs.

      `vllm:` names, labels and buckets are vLLM's, so its dashboards and scalers work unchanged.
      Not exported, because Gatun has nothing to report there: `vllm:lora_requests_info` (no LoRA),
      `vllm:corrupted_requests_total`, `vllm:kv_block_*`, `vllm:kv_offload_*`, `vllm:nixl_*` and
      the `estimated_*_per_gpu` counters, all of which vLLM shows only with options of its own.
      """;

  private MetricsPage() {}

  /** The page. */
  public static String markdown() {
    StringBuilder page = new StringBuilder(INTRODUCTION);
    section(page, "vLLM's", VllmMetric.values());
    section(page, "Names that vLLM has retired", LegacyMetric.values());
    section(page, "Gatun's own", GatunMetric.values());
    section(page, "GPUs", GpuMetric.values());
    section(page, "Calls", TransportMetric.values());
    section(page, "Process", PlatformMetric.values());
    buckets(page);
    return page.toString();
  }

  private static void section(StringBuilder page, String title, MetricName[] metrics) {
    page.append("\n## ").append(title).append("\n\n");
    page.append("| name | kind | labels | meaning |\n|---|---|---|---|\n");
    for (MetricName metric : metrics) {
      MetricRow row = metric.row();
      page.append(
          "| `%s` | %s | %s | %s |\n"
              .formatted(row.familyName(), kind(row), labels(row.labels()), meaning(row)));
    }
  }

  private static String kind(MetricRow row) {
    String kind = row.kind().name().toLowerCase(Locale.ROOT);
    return row.buckets() == Buckets.NONE ? kind : kind + " " + row.buckets();
  }

  private static String labels(List<Label> labels) {
    return labels.stream()
        .map(
            label ->
                label.values().isEmpty()
                    ? label.name()
                    : label.name() + " = " + String.join(", ", label.values()))
        .collect(Collectors.joining("; "));
  }

  private static String meaning(MetricRow row) {
    return row.presence() == Presence.ALWAYS
        ? row.help()
        : row.help() + " (" + row.presence().words() + ")";
  }

  private static void buckets(StringBuilder page) {
    page.append("\n## Buckets\n\n| name | upper bounds |\n|---|---|\n");
    Stream.of(Buckets.values())
        .filter(buckets -> buckets != Buckets.NONE)
        .forEach(buckets -> page.append("| %s | %s |\n".formatted(buckets, buckets.words())));
  }
}
