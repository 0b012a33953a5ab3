package dev.gatun.server.keda;

import dev.gatun.engine.api.EngineSnapshot;
import dev.gatun.engine.api.EngineState;
import dev.gatun.engine.api.PreemptionStats;
import dev.gatun.engine.api.QueueSnapshot;
import dev.gatun.engine.api.SpeculationStats;
import dev.gatun.engine.api.SwapSnapshot;
import dev.gatun.server.http.HttpHandler;
import dev.gatun.server.metrics.CacheFacts;
import dev.gatun.server.metrics.Metrics;
import dev.gatun.server.status.StartupWatch;
import dev.gatun.server.testing.FakeHttpCall;
import dev.gatun.tensor.GpuTelemetry;
import java.util.function.Supplier;

/** What /metrics of a server says, written by the server's own code. */
final class PodText {
  private PodText() {}

  static String of(int numRunning, int numWaiting, double kvUsage) throws InterruptedException {
    FakeHttpCall call = FakeHttpCall.get("/metrics");
    handler(() -> snapshot(numRunning, numWaiting, kvUsage)).handle(call);
    return call.text();
  }

  static HttpHandler handler(Supplier<EngineSnapshot> engine) {
    StartupWatch startup = new StartupWatch(System::nanoTime);
    Metrics metrics = new Metrics("chat", true, System::nanoTime, startup, () -> false);
    metrics.planned(1024, new CacheFacts(16, 100, 0.9, "auto", true));
    metrics.watch(engine, "1.2.3", "cpu", GpuTelemetry.NONE);
    return metrics.handler();
  }

  static EngineSnapshot snapshot(int numRunning, int numWaiting, double kvUsage) {
    return new EngineSnapshot(
        EngineState.READY,
        numRunning,
        numWaiting,
        100,
        100,
        kvUsage,
        0,
        PreemptionStats.NONE,
        0,
        0,
        0,
        0,
        0,
        SpeculationStats.NONE,
        QueueSnapshot.EMPTY,
        SwapSnapshot.NONE,
        0);
  }
}
