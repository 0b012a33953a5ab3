package dev.gatun.engine.sched;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.gatun.engine.runner.WitnessRunner.Bug;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class EngineSimulationTest {
  private static final int NUM_SEEDS = 10_000;

  /** Replay one failing run with {@code -Dsimulation.seed=N}. */
  private static final Long REPLAYED_SEED = Long.getLong("simulation.seed");

  @Test
  void everySeedGivesEachRequestTheAnswerItGetsAlone() {
    if (REPLAYED_SEED != null) {
      System.out.println(runOrExplain(REPLAYED_SEED));
      return;
    }
    long numPreemptions = 0;
    long numChunkedPrompts = 0;
    for (long seed = 0; seed < NUM_SEEDS; seed++) {
      EngineSimulation.Report report = runOrExplain(seed);
      numPreemptions += report.numPreemptions();
      numChunkedPrompts += report.numChunkedPrompts();
    }

    System.out.printf(
        "%d seeds, %d preemptions, %d prompts longer than a step%n",
        NUM_SEEDS, numPreemptions, numChunkedPrompts);
    // Seeds that never run dry or split a prompt would prove little.
    assertThat(numPreemptions).isGreaterThan(NUM_SEEDS / 2);
    assertThat(numChunkedPrompts).isGreaterThan(NUM_SEEDS);
  }

  private static EngineSimulation.Report runOrExplain(long seed) {
    try {
      return EngineSimulation.run(seed, Bug.NONE);
    } catch (AssertionError | RuntimeException e) {
      throw new AssertionError(
          "seed " + seed + ": replay with -Dtest=EngineSimulationTest -Dsimulation.seed=" + seed,
          e);
    }
  }

  @ParameterizedTest
  @EnumSource(value = Bug.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void noticesPlantedBug(Bug bug) {
    assumeThat(REPLAYED_SEED).isNull();
    int numNoticed = 0;
    for (long seed = 0; seed < 200; seed++) {
      try {
        EngineSimulation.run(seed, bug);
      } catch (AssertionError | RuntimeException e) {
        numNoticed++;
      }
    }

    assertThat(numNoticed).as("seeds of 200 that notice %s", bug).isGreaterThan(20);
    System.out.println(bug + " is noticed by " + numNoticed + " of 200 seeds");
  }
}
