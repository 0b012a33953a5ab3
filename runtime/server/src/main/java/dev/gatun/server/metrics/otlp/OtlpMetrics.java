package dev.gatun.server.metrics.otlp;

import dev.gatun.server.metrics.Metrics;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.metrics.data.AggregationTemporality;
import io.opentelemetry.sdk.metrics.data.Data;
import io.opentelemetry.sdk.metrics.data.DoublePointData;
import io.opentelemetry.sdk.metrics.data.GaugeData;
import io.opentelemetry.sdk.metrics.data.HistogramData;
import io.opentelemetry.sdk.metrics.data.HistogramPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.data.MetricDataType;
import io.opentelemetry.sdk.metrics.data.SumData;
import io.opentelemetry.sdk.metrics.data.SummaryData;
import io.opentelemetry.sdk.metrics.data.SummaryPointData;
import io.opentelemetry.sdk.metrics.export.MetricProducer;
import io.opentelemetry.sdk.resources.Resource;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.DataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.Label;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.SummarySnapshot;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * What a scrape would show, under the same names, so that a collector has the same series whichever
 * way they come. Three histograms go out under the names of the semantic conventions for generative
 * AI as well. Any thread.
 */
public final class OtlpMetrics implements MetricProducer {
  private static final Map<String, String> CONVENTIONS =
      Map.of(
          "vllm:e2e_request_latency_seconds", "gen_ai.server.request.duration",
          "vllm:time_to_first_token_seconds", "gen_ai.server.time_to_first_token",
          "vllm:request_time_per_output_token_seconds", "gen_ai.server.time_per_output_token");

  private static final InstrumentationScopeInfo SCOPE = InstrumentationScopeInfo.create("gatun");

  private final Metrics metrics;
  private final Attributes model;
  private final long startNanos = epochNanos();

  /**
   * Of this process.
   *
   * @param modelName first served name
   */
  public OtlpMetrics(Metrics metrics, String modelName) {
    this.metrics = metrics;
    model =
        Attributes.builder()
            .put("gen_ai.operation.name", "text_completion")
            .put("gen_ai.provider.name", "gatun")
            .put("gen_ai.request.model", modelName)
            .build();
  }

  @Override
  public Collection<MetricData> produce(Resource resource) {
    long now = epochNanos();
    List<MetricData> families = new ArrayList<>();
    for (MetricSnapshot snapshot : metrics.scrape()) {
      families.add(family(resource, snapshot, now));
      String convention = CONVENTIONS.get(snapshot.getMetadata().getName());
      if (convention != null && snapshot instanceof HistogramSnapshot histogram) {
        Data<?> data = histogram(histogram.getDataPoints(), now, model);
        families.add(
            new OtlpFamily(
                resource,
                SCOPE,
                convention,
                snapshot.getMetadata().getHelp(),
                "s",
                MetricDataType.HISTOGRAM,
                data));
      }
    }
    return families;
  }

  private MetricData family(Resource resource, MetricSnapshot snapshot, long now) {
    String name = snapshot.getMetadata().getName();
    return switch (snapshot) {
      case CounterSnapshot counter ->
          family(resource, snapshot, total(name), MetricDataType.DOUBLE_SUM, sum(counter, now));
      case HistogramSnapshot histogram ->
          family(
              resource,
              snapshot,
              name,
              MetricDataType.HISTOGRAM,
              histogram(histogram.getDataPoints(), now, Attributes.empty()));
      case SummarySnapshot summary ->
          family(resource, snapshot, name, MetricDataType.SUMMARY, summary(summary, now));
      case InfoSnapshot info ->
          family(resource, snapshot, name + "_info", MetricDataType.DOUBLE_GAUGE, info(info, now));
      case GaugeSnapshot gauge ->
          family(resource, snapshot, name, MetricDataType.DOUBLE_GAUGE, gauge(gauge, now));
      default -> throw new IllegalStateException("no such kind of metric: " + name);
    };
  }

  private static MetricData family(
      Resource resource, MetricSnapshot snapshot, String name, MetricDataType type, Data<?> data) {
    String help = String.valueOf(snapshot.getMetadata().getHelp());
    return new OtlpFamily(resource, SCOPE, name, help, "", type, data);
  }

  private static String total(String name) {
    return name.endsWith("_total") ? name : name + "_total";
  }

  private Data<?> sum(CounterSnapshot counter, long now) {
    return SumData.createDoubleSumData(
        true,
        AggregationTemporality.CUMULATIVE,
        counter.getDataPoints().stream()
            .map(point -> point(attributes(point), point.getValue(), now))
            .toList());
  }

  private Data<?> gauge(GaugeSnapshot gauge, long now) {
    return GaugeData.createDoubleGaugeData(
        gauge.getDataPoints().stream()
            .map(point -> point(attributes(point), point.getValue(), now))
            .toList());
  }

  private Data<?> info(InfoSnapshot info, long now) {
    return GaugeData.createDoubleGaugeData(
        info.getDataPoints().stream().map(point -> point(attributes(point), 1, now)).toList());
  }

  private DoublePointData point(Attributes attributes, double value, long now) {
    return DoublePointData.create(startNanos, now, attributes, value, List.of());
  }

  private Data<?> summary(SummarySnapshot summary, long now) {
    return SummaryData.create(
        summary.getDataPoints().stream()
            .map(
                point ->
                    SummaryPointData.create(
                        startNanos,
                        now,
                        attributes(point),
                        point.getCount(),
                        point.getSum(),
                        List.of()))
            .toList());
  }

  /**
   * The buckets as they are.
   *
   * @param instead attributes in place of the labels; empty to take these
   */
  private Data<?> histogram(List<HistogramDataPointSnapshot> points, long now, Attributes instead) {
    List<HistogramPointData> converted = new ArrayList<>();
    for (HistogramDataPointSnapshot point : points) {
      ClassicHistogramBuckets buckets = point.getClassicBuckets();
      List<Double> bounds = new ArrayList<>();
      List<Long> counts = new ArrayList<>();
      for (int i = 0; i < buckets.size(); i++) {
        if (buckets.getUpperBound(i) < Double.POSITIVE_INFINITY) {
          bounds.add(buckets.getUpperBound(i));
        }
        counts.add(buckets.getCount(i));
      }
      converted.add(
          HistogramPointData.create(
              startNanos,
              now,
              instead.isEmpty() ? attributes(point) : instead,
              point.getSum(),
              false,
              0,
              false,
              0,
              bounds,
              counts));
    }
    return HistogramData.create(AggregationTemporality.CUMULATIVE, converted);
  }

  private static Attributes attributes(DataPointSnapshot point) {
    AttributesBuilder attributes = Attributes.builder();
    for (Label label : point.getLabels()) {
      attributes.put(label.getName(), label.getValue());
    }
    return attributes.build();
  }

  private static long epochNanos() {
    Instant now = Instant.now();
    return now.getEpochSecond() * 1_000_000_000L + now.getNano();
  }
}
