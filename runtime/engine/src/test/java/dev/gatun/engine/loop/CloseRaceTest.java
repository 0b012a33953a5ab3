package dev.gatun.engine.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.engine.api.EngineLimits;
import dev.gatun.engine.api.EngineObserver;
import dev.gatun.engine.api.EngineState;
import dev.gatun.engine.api.ErrorCode;
import dev.gatun.engine.api.GenerateRequest;
import dev.gatun.engine.api.SamplingParams;
import dev.gatun.engine.api.ServingException;
import dev.gatun.engine.runner.WitnessModel;
import dev.gatun.engine.runner.WitnessRunner;
import dev.gatun.engine.sched.SchedulerConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

final class CloseRaceTest {

  /** A request submitted while the engine closes is refused or ended, never forgotten. */
  @Test
  @Timeout(60)
  void everyStreamEndsThoughTheEngineClosesUnderIt() throws Exception {
    EngineLimits limits = new EngineLimits(64, 4, 16, 4, 40, 64, 100, 5);
    WitnessModel model = new WitnessModel(100, 0);
    for (int round = 0; round < 100; round++) {
      WitnessRunner runner = new WitnessRunner(model, 40, 4, 4, WitnessRunner.Bug.NONE);
      EngineLoop engine =
          EngineLoop.start(
              SchedulerConfig.of(limits),
              runner,
              EngineObserver.NONE,
              System::nanoTime,
              new SeedSource(round));
      try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
        List<Future<?>> ends = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
          ends.add(clients.submit(() -> submitUntilRefused(engine)));
        }
        engine.close();
        for (Future<?> end : ends) {
          end.get();
        }
      }
      assertThat(engine.snapshot().state()).isEqualTo(EngineState.STOPPED);
      assertThat(engine.snapshot().numWaiting()).isZero();
    }
  }

  private static Void submitUntilRefused(EngineLoop engine) throws InterruptedException {
    SamplingParams sampling = SamplingParams.builder().maxTokens(10).build();
    while (true) {
      try {
        Streams.read(
            engine.submit(
                new GenerateRequest("r", new int[] {1, 2}, sampling, GenerateRequest.NO_DEADLINE)));
      } catch (ServingException e) {
        assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE);
        return null;
      }
    }
  }
}
