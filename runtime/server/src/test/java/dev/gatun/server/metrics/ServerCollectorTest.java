package dev.gatun.server.metrics;

import static dev.gatun.server.metrics.MetricsFixture.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.server.status.StartupWatch.Phase;
import org.junit.jupiter.api.Test;

class ServerCollectorTest {
  private final MetricsFixture fixture = new MetricsFixture();

  @Test
  void theStartIsShownPhaseByPhase() {
    assertThat(fixture.scrape().value("gatun:startup_phase", "phase", "arrival")).isEqualTo(1);
    fixture.startup.enter(Phase.PLAN);
    fixture.clock.addAndGet(SECOND);
    fixture.startup.planned(8_000_000_000L);
    fixture.startup.enter(Phase.LOAD);
    fixture.clock.addAndGet(3 * SECOND);

    Exposition loading = fixture.scrape();
    assertThat(loading.value("gatun:startup_phase", "phase", "load")).isEqualTo(1);
    assertThat(loading.value("gatun:startup_phase", "phase", "plan")).isZero();
    assertThat(loading.value("gatun:startup_seconds", "phase", "plan")).isEqualTo(1);
    assertThat(loading.value("gatun:startup_seconds", "phase", "load")).isEqualTo(3);
    assertThat(loading.value("gatun:startup_seconds", "phase", "warm_up")).isZero();
    assertThat(loading.value("gatun:load_bytes_per_second")).isZero();

    fixture.clock.addAndGet(SECOND);
    fixture.startup.enter(Phase.TOKENIZER);
    fixture.startup.enter(Phase.WARM_UP);
    fixture.startup.enter(Phase.READY);
    fixture.clock.addAndGet(50 * SECOND);

    Exposition ready = fixture.scrape();
    assertThat(ready.value("gatun:startup_phase", "phase", "ready")).isEqualTo(1);
    assertThat(ready.value("gatun:startup_seconds", "phase", "load")).isEqualTo(4);
    assertThat(ready.value("gatun:load_bytes")).isEqualTo(8e9);
    assertThat(ready.value("gatun:load_bytes_per_second")).isEqualTo(2e9);
  }

  @Test
  void theDrainIsShown() {
    assertThat(fixture.scrape().value("gatun:draining", "model_name", "m")).isZero();

    fixture.isDraining.set(true);

    assertThat(fixture.scrape().value("gatun:draining")).isEqualTo(1);
  }

  @Test
  void aGpuHasTheFiguresThatAreKnownAndWithoutOneThereAreNone() {
    fixture.watch(MetricsFixture.BUSY);
    assertThat(fixture.scrape().families().keySet())
        .noneMatch(name -> name.startsWith("gatun:gpu_"));

    fixture.watch(MetricsFixture.BUSY, MetricsFixture.GPU);

    Exposition now = fixture.scrape();
    assertThat(now.value("gatun:gpu_info", "gpu", "0", "uuid", "GPU-1", "name", "H100"))
        .isEqualTo(1);
    assertThat(now.value("gatun:gpu_utilization_ratio", "gpu", "0")).isEqualTo(0.5);
    assertThat(now.value("gatun:gpu_memory_used_bytes", "gpu", "0")).isEqualTo(10e9);
    assertThat(now.families()).doesNotContainKey("gatun:gpu_sm_clock_hertz");
  }

  @Test
  void theBuildIsShownOnceTheDeviceIsKnown() {
    assertThat(fixture.scrape().families()).doesNotContainKey("gatun:build_info");

    fixture.watch(MetricsFixture.BUSY);

    assertThat(fixture.scrape().value("gatun:build_info", "version", "1.2", "device", "cpu"))
        .isEqualTo(1);
  }
}
