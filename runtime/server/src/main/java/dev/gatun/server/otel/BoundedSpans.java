package dev.gatun.server.otel;

import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SpanProcessor;

/**
 * Lets as many spans through as the batching processor behind it has room for, and counts the rest,
 * which that one would drop without telling us. Any thread.
 */
final class BoundedSpans implements SpanProcessor {
  private final SpanProcessor processor;
  private final SpanRoom room;
  private final ExportCounts counts;

  BoundedSpans(SpanProcessor processor, SpanRoom room, ExportCounts counts) {
    this.processor = processor;
    this.room = room;
    this.counts = counts;
  }

  @Override
  public void onStart(Context parent, ReadWriteSpan span) {
    processor.onStart(parent, span);
  }

  @Override
  public boolean isStartRequired() {
    return processor.isStartRequired();
  }

  @Override
  public void onEnd(ReadableSpan span) {
    if (!span.getSpanContext().isSampled()) {
      return;
    }
    if (room.take()) {
      processor.onEnd(span);
    } else {
      counts.spansDropped(1);
    }
  }

  @Override
  public boolean isEndRequired() {
    return true;
  }

  @Override
  public CompletableResultCode shutdown() {
    return processor.shutdown();
  }

  @Override
  public CompletableResultCode forceFlush() {
    return processor.forceFlush();
  }
}
