package dev.gatun.engine.sched;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.engine.sched.PressureRun.Cost;
import dev.gatun.engine.sched.PressureRun.Lengths;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What preemption costs under long generations when more requests come than fit, compared with
 * admission of whatever fits now. Prefix caching is on. The figures of ADR 11.
 */
final class PreemptionCostTest {
  private static final int NUM_REQUESTS = 800;

  /** A pool for about 100 requests. */
  private static final int NUM_BLOCKS = 4800;

  private static final long SEED = 1;

  private static Cost forecast(Lengths lengths, double stepsBetweenArrivals) {
    return new PressureRun(lengths, SEED, NUM_REQUESTS, NUM_BLOCKS, PreemptionConfig.DEFAULT, null)
        .run(stepsBetweenArrivals);
  }

  private static Cost growthRoom(Lengths lengths, int growthTokens, double stepsBetweenArrivals) {
    return new PressureRun(
            lengths,
            SEED,
            NUM_REQUESTS,
            NUM_BLOCKS,
            PreemptionConfig.DEFAULT,
            (kv, running) -> new GrowthRoom(kv, running, growthTokens))
        .run(stepsBetweenArrivals);
  }

  private static Cost swapping(int numBlocks, double overcommit, int numSwapBlocks) {
    PreemptionConfig preemption =
        PreemptionConfig.DEFAULT.withOvercommit(overcommit).withSwapBlocks(numSwapBlocks);
    return new PressureRun(Lengths.BIMODAL, SEED, NUM_REQUESTS, numBlocks, preemption, null).run(0);
  }

  @Test
  void lengthsThatAreKnownFillThePoolAndLoseNothing() {
    Cost newestFirst = growthRoom(Lengths.KNOWN, 0, 0);
    Cost withRoom = growthRoom(Lengths.KNOWN, 32, 0);
    Cost forecast = forecast(Lengths.KNOWN, 0);

    System.out.printf(
        "KNOWN, newest first: %s%nKNOWN, room for 32 tokens: %s%nKNOWN, forecast: %s%n",
        newestFirst, withRoom, forecast);
    assertThat(forecast.lostShare()).isLessThan(0.03).isLessThan(withRoom.lostShare());
    assertThat(forecast.use()).isGreaterThan(0.95);
    assertThat(forecast.tokenRate()).isGreaterThan(1.1 * newestFirst.tokenRate());
    assertThat(forecast.tokenRate()).isGreaterThan(withRoom.tokenRate());
  }

  @ParameterizedTest
  @CsvSource({"GEOMETRIC, 0.03, 0.88", "BIMODAL, 0.10, 0.82", "SHIFT, 0.15, 0.88"})
  void lengthsThatAreNotKnownAreLearned(Lengths lengths, double mostLost, double leastUse) {
    Cost newestFirst = growthRoom(lengths, 0, 0);
    Cost withRoom = growthRoom(lengths, 32, 0);
    Cost forecast = forecast(lengths, 0);

    System.out.printf(
        "%s, newest first: %s%n%s, room for 32 tokens: %s%n%s, forecast: %s%n",
        lengths, newestFirst, lengths, withRoom, lengths, forecast);
    assertThat(forecast.lostShare()).isLessThan(mostLost).isLessThan(withRoom.lostShare());
    assertThat(forecast.use()).isGreaterThan(leastUse);
    assertThat(forecast.tokenRate()).isGreaterThan(newestFirst.tokenRate());
    assertThat(forecast.tokenRate()).isGreaterThan(0.98 * withRoom.tokenRate());
  }

  @ParameterizedTest
  @EnumSource(
      value = Lengths.class,
      names = {"KNOWN", "GEOMETRIC"})
  void tokenRateDoesNotFallWhenMoreComesThanFits(Lengths lengths) {
    double stepsPerRequest = forecast(lengths, 0).numSteps() / (double) NUM_REQUESTS;
    double best = 0;
    for (double load : new double[] {0.5, 0.8, 1, 1.2, 1.5, 2}) {
      Cost forecast = forecast(lengths, stepsPerRequest / load);
      Cost newestFirst = growthRoom(lengths, 0, stepsPerRequest / load);

      System.out.printf(
          "%s, load %3.0f %%: %s; newest first: rate %.1f%n",
          lengths, 100 * load, forecast, newestFirst.tokenRate());
      assertThat(forecast.tokenRate()).as("at load %s", load).isGreaterThan(0.97 * best);
      assertThat(forecast.tokenRate()).isGreaterThan(0.99 * newestFirst.tokenRate());
      best = Math.max(best, forecast.tokenRate());
    }
  }

  @Test
  void swapSpaceSavesRecomputingAndALargerPoolSavesSteps() {
    Cost recomputing = swapping(NUM_BLOCKS, 1e9, 0);
    Cost swapping = swapping(NUM_BLOCKS, 1e9, NUM_BLOCKS / 4);
    Cost forecast = swapping(NUM_BLOCKS, 0, 0);
    Cost forecastSwapping = swapping(NUM_BLOCKS, 0, NUM_BLOCKS / 4);
    Cost largerPool = swapping(NUM_BLOCKS * 5 / 4, 0, 0);

    System.out.printf(
        "BIMODAL, greedy: %s%nBIMODAL, greedy with swap space: %s%nBIMODAL, forecast: %s%n"
            + "BIMODAL, forecast with swap space: %s%nBIMODAL, forecast, larger pool: %s%n",
        recomputing, swapping, forecast, forecastSwapping, largerPool);
    assertThat(swapping.tokenRate()).isGreaterThan(1.05 * recomputing.tokenRate());
    assertThat(forecastSwapping.tokenRate()).isGreaterThan(forecast.tokenRate());
    assertThat(largerPool.numSteps()).isLessThan(forecastSwapping.numSteps());
    assertThat(forecastSwapping.preemptions().numTokensRecomputed())
        .isLessThan(forecast.preemptions().numTokensRecomputed() / 2);
  }
}
