package dev.gatun.server.otel;

import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.util.Collection;

/** Exports spans and counts those that a collector did not take. */
final class WatchedSpanExporter implements SpanExporter {
  private final SpanExporter exporter;
  private final SpanRoom room;
  private final ExportCounts counts;
  private final ExportWatch watch;

  WatchedSpanExporter(SpanExporter exporter, SpanRoom room, ExportCounts counts) {
    this.exporter = exporter;
    this.room = room;
    this.counts = counts;
    watch = new ExportWatch("traces", counts);
  }

  @Override
  public CompletableResultCode export(Collection<SpanData> spans) {
    int numSpans = spans.size();
    CompletableResultCode result = exporter.export(spans);
    return result.whenComplete(
        () -> {
          room.giveBack(numSpans);
          if (result.isSuccess()) {
            watch.succeeded();
          } else {
            counts.spansDropped(numSpans);
            watch.failed();
          }
        });
  }

  @Override
  public CompletableResultCode flush() {
    return exporter.flush();
  }

  @Override
  public CompletableResultCode shutdown() {
    return exporter.shutdown();
  }
}
