package dev.gatun.server.metrics;

import dev.gatun.engine.api.EngineObserver;
import dev.gatun.engine.api.EngineSnapshot;
import dev.gatun.engine.api.EngineState;
import dev.gatun.engine.api.PreemptionStats;
import dev.gatun.engine.api.QueueSnapshot;
import dev.gatun.engine.api.SpeculationStats;
import dev.gatun.engine.api.SwapSnapshot;
import dev.gatun.server.http.HttpHandler;
import dev.gatun.server.status.StartupWatch;
import dev.gatun.server.testing.FakeHttpCall;
import dev.gatun.tensor.GpuReading;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/** The metrics of a server that is not there. One thread. */
final class MetricsFixture {
  static final long SECOND = 1_000_000_000L;
  static final String MODEL = "m";

  /** An engine that is in the middle of things; its clock is at 100 s. */
  static final EngineSnapshot BUSY =
      new EngineSnapshot(
          EngineState.READY,
          3,
          5,
          6,
          8,
          0.25,
          77,
          new PreemptionStats(1, 2, 30, 40, 35),
          100,
          48,
          90,
          70,
          64,
          SpeculationStats.NONE,
          new QueueSnapshot(2, 88 * SECOND, 4 * SECOND, 600),
          new SwapSnapshot(4, 1, 2),
          99 * SECOND);

  static final GpuReading GPU =
      new GpuReading(0, "GPU-1", "H100", 0.5, 10e9, 80e9, 300, 55, Double.NaN);

  final AtomicLong clock = new AtomicLong(100 * SECOND);
  final AtomicBoolean isDraining = new AtomicBoolean();
  final StartupWatch startup = new StartupWatch(clock::get);
  final Metrics metrics;

  MetricsFixture() {
    this(true);
  }

  MetricsFixture(boolean legacyNames) {
    metrics = new Metrics(MODEL, legacyNames, clock::get, startup, isDraining::get);
  }

  EngineObserver plan(int maxModelLen) {
    return metrics.planned(maxModelLen, new CacheFacts(16, 1000, 0.9, "auto", true));
  }

  void watch(EngineSnapshot engine, GpuReading... gpus) {
    metrics.watch(() -> engine, "1.2", "cpu", () -> List.of(gpus));
  }

  /** Everything that can be shown is. */
  static MetricsFixture complete() throws InterruptedException {
    MetricsFixture fixture = new MetricsFixture();
    fixture.plan(2048);
    EngineSnapshot speculating =
        new EngineSnapshot(
            BUSY.state(),
            0,
            0,
            8,
            8,
            0,
            0,
            PreemptionStats.NONE,
            0,
            0,
            0,
            0,
            0,
            new SpeculationStats(10, 30, new long[] {9, 4, 1}),
            QueueSnapshot.EMPTY,
            SwapSnapshot.NONE,
            0);
    GpuReading gpu = new GpuReading(0, "GPU-1", "H100", 0.5, 10e9, 80e9, 300, 55, 1.7e9);
    fixture.watch(speculating, gpu);
    HttpHandler handler = call -> call.respond(200, "text/plain", Map.of(), new byte[] {'h', 'i'});
    fixture.metrics.counted(handler, path -> path).handle(FakeHttpCall.get("/v1/models"));
    fixture.metrics.counting(GrpcMetricsTest.services());
    return fixture;
  }

  String text(String accept) {
    FakeHttpCall call = FakeHttpCall.get("/metrics").with("accept", accept);
    try {
      metrics.handler().handle(call);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    return call.text();
  }

  Exposition scrape() {
    return Exposition.parse(text("*/*"));
  }
}
