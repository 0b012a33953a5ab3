package dev.gatun.server.otel;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.junit.jupiter.api.Test;

class BoundedSpansTest {
  private final List<SpanData> queue = new ArrayList<>();
  private final List<String> failures = new ArrayList<>();
  private long numDropped;
  private boolean isCollectorThere = true;

  private final ExportCounts counts =
      new ExportCounts() {
        @Override
        public void spansDropped(long count) {
          numDropped += count;
        }

        @Override
        public void exportFailed(String signal) {
          failures.add(signal);
        }
      };

  private final SpanRoom room = new SpanRoom(2);
  private final WatchedSpanExporter exporter =
      new WatchedSpanExporter(new Collector(), room, counts);
  private final Tracer tracer =
      SdkTracerProvider.builder()
          .addSpanProcessor(new BoundedSpans(new Queue(), room, counts))
          .build()
          .get("test");

  /** Batches by hand. */
  private final class Queue implements SpanProcessor {
    @Override
    public void onStart(Context parent, ReadWriteSpan span) {}

    @Override
    public boolean isStartRequired() {
      return false;
    }

    @Override
    public void onEnd(ReadableSpan span) {
      queue.add(span.toSpanData());
    }

    @Override
    public boolean isEndRequired() {
      return true;
    }
  }

  private final class Collector implements SpanExporter {
    @Override
    public CompletableResultCode export(Collection<SpanData> spans) {
      return isCollectorThere
          ? CompletableResultCode.ofSuccess()
          : CompletableResultCode.ofFailure();
    }

    @Override
    public CompletableResultCode flush() {
      return CompletableResultCode.ofSuccess();
    }

    @Override
    public CompletableResultCode shutdown() {
      return CompletableResultCode.ofSuccess();
    }
  }

  private void span() {
    tracer.spanBuilder("s").startSpan().end();
  }

  private void export() {
    exporter.export(List.copyOf(queue));
    queue.clear();
  }

  @Test
  void whatTheQueueHasNoRoomForIsDroppedAndCounted() {
    span();
    span();
    span();
    assertThat(queue).hasSize(2);
    assertThat(numDropped).isEqualTo(1);

    export();
    span();

    assertThat(queue).hasSize(1);
    assertThat(numDropped).isEqualTo(1);
  }

  @Test
  void whatACollectorDoesNotTakeIsCountedAndGivesItsRoomBack() {
    isCollectorThere = false;
    span();
    span();
    export();
    assertThat(numDropped).isEqualTo(2);
    assertThat(failures).containsExactly("traces");

    isCollectorThere = true;
    span();
    export();

    assertThat(numDropped).isEqualTo(2);
    assertThat(failures).hasSize(1);
  }
}
