package dev.gatun.engine.sched;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.gatun.engine.runner.WitnessRunner.Bug;
import dev.gatun.engine.sched.EngineSimulation.CacheBug;
import java.time.LocalDate;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class EngineSimulationTest {
  private static final int NUM_SEEDS = Integer.getInteger("simulation.seeds", 10_000);

  /** Replay one failing run with {@code -Dsimulation.seed=N}. */
  private static final Long REPLAYED_SEED = Long.getLong("simulation.seed");

  @Test
  void everySeedGivesEachRequestTheAnswerItGetsAlone() {
    if (REPLAYED_SEED != null) {
      System.out.println(runOrExplain(REPLAYED_SEED));
      return;
    }
    long numPreemptions = 0;
    long numSwapped = 0;
    long numTokensSwappedOut = 0;
    long numTokensSwappedIn = 0;
    long numAbortedWhileParked = 0;
    long numChunkedPrompts = 0;
    long numPrefixQueryTokens = 0;
    long numCachedTokens = 0;
    long numEvictions = 0;
    long numDraftTokens = 0;
    long numAcceptedTokens = 0;
    long numHolds = 0;
    long firstSeed = firstSeed();
    for (long seed = firstSeed; seed < firstSeed + NUM_SEEDS; seed++) {
      EngineSimulation.Report report = runOrExplain(seed);
      numPreemptions += report.preemptions().numPreemptions();
      numSwapped += report.preemptions().numSwapped();
      numTokensSwappedOut += report.preemptions().numTokensSwappedOut();
      numTokensSwappedIn += report.preemptions().numTokensSwappedIn();
      numAbortedWhileParked += report.numAbortedWhileParked();
      numChunkedPrompts += report.numChunkedPrompts();
      numPrefixQueryTokens += report.numPrefixQueryTokens();
      numCachedTokens += report.numCachedTokens();
      numEvictions += report.numEvictions();
      numDraftTokens += report.numDraftTokens();
      numAcceptedTokens += report.numAcceptedTokens();
      numHolds += report.numHolds();
    }

    System.out.printf(
        "%d seeds from %d on, %d preemptions, %d prompts longer than a step, %d of %d prompt tokens"
            + " cached, %d evictions, %d of %d draft tokens accepted, %d holds%n",
        NUM_SEEDS,
        firstSeed,
        numPreemptions,
        numChunkedPrompts,
        numCachedTokens,
        numPrefixQueryTokens,
        numEvictions,
        numAcceptedTokens,
        numDraftTokens,
        numHolds);
    System.out.printf(
        "%d preemptions with swap space, %d tokens swapped out, %d in, %d requests aborted while"
            + " parked%n",
        numSwapped, numTokensSwappedOut, numTokensSwappedIn, numAbortedWhileParked);
    // Seeds that never run dry or split a prompt would prove little.
    assertThat(numPreemptions).isGreaterThan(NUM_SEEDS / 4);
    assertThat(numSwapped).isGreaterThan(NUM_SEEDS / 10);
    assertThat(numTokensSwappedIn).isGreaterThan(NUM_SEEDS);
    assertThat(numTokensSwappedOut).isGreaterThan(numTokensSwappedIn);
    assertThat(numAbortedWhileParked).isPositive();
    assertThat(numChunkedPrompts).isGreaterThan(NUM_SEEDS);
    assertThat(numCachedTokens).isGreaterThan(numPrefixQueryTokens / 20);
    assertThat(numEvictions).isGreaterThan(NUM_SEEDS);
    assertThat(numDraftTokens - numAcceptedTokens).isGreaterThan(NUM_SEEDS);
    assertThat(numAcceptedTokens).isGreaterThan(NUM_SEEDS / 2);
    assertThat(numHolds).isGreaterThan(NUM_SEEDS / 10);
  }

  /** Other seeds every day; {@code -Dsimulation.first=N} names them. */
  private static long firstSeed() {
    return Long.getLong("simulation.first", LocalDate.now(ZoneOffset.UTC).toEpochDay() * 10_000);
  }

  private static EngineSimulation.Report runOrExplain(long seed) {
    try {
      return EngineSimulation.run(seed, Bug.NONE, CacheBug.NONE);
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
    // Not every seed comes to swap anything.
    int numSeeds = bug.name().contains("SWAP") ? 1_000 : 200;
    int numNoticed = 0;
    for (long seed = 0; seed < numSeeds; seed++) {
      try {
        EngineSimulation.run(seed, bug, CacheBug.NONE);
      } catch (AssertionError | RuntimeException e) {
        numNoticed++;
      }
    }

    System.out.println(bug + " is noticed by " + numNoticed + " of " + numSeeds + " seeds");
    assertThat(numNoticed).as("seeds that notice %s", bug).isGreaterThan(20);
  }

  @ParameterizedTest
  @EnumSource(
      value = CacheBug.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = {"NONE", "HASHES_COLLIDE"})
  void noticesPlantedCacheBug(CacheBug bug) {
    assumeThat(REPLAYED_SEED).isNull();
    int numNoticed = 0;
    for (long seed = 0; seed < 400; seed++) {
      try {
        EngineSimulation.run(seed, Bug.NONE, bug);
      } catch (AssertionError | RuntimeException e) {
        numNoticed++;
      }
    }

    assertThat(numNoticed).as("seeds of 400 that notice %s", bug).isGreaterThan(10);
    System.out.println(bug + " is noticed by " + numNoticed + " of 400 seeds");
  }

  @Test
  void collidingHashesCostHitsButNeverChangeAText() {
    assumeThat(REPLAYED_SEED).isNull();
    long numCachedTokens = 0;
    for (long seed = 0; seed < 1_000; seed++) {
      numCachedTokens +=
          EngineSimulation.run(seed, Bug.NONE, CacheBug.HASHES_COLLIDE).numCachedTokens();
    }

    assertThat(numCachedTokens).isPositive();
  }
}
