package dev.gatun.engine.sched;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.engine.api.EngineLimits;
import dev.gatun.engine.api.GenerateRequest;
import dev.gatun.engine.api.SamplingParams;
import dev.gatun.engine.kv.KvCacheManager;
import dev.gatun.engine.kv.PrefixHasher;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What preemption costs on a pool that is always nearly full: long generations, more requests than
 * fit. Counts tokens, so figures are the same on every machine.
 */
final class PreemptionCostTest {
  private static final int NUM_REQUESTS = 300;
  private static final int MAX_NUM_SEQS = 48;
  private static final int BLOCK_SIZE = 16;
  private static final int NUM_BLOCKS = 1200;

  /**
   * What a run computed.
   *
   * @param use share of the pool that was held while requests were waiting
   */
  record Cost(long numComputed, long numRecomputed, long numPreemptions, int numSteps, double use) {
    double recomputedShare() {
      return numRecomputed / (double) numComputed;
    }

    @Override
    public String toString() {
      return "%.1f %% of %d computed tokens recomputed, %d preemptions, %d steps, pool %.1f %%"
          .formatted(100 * recomputedShare(), numComputed, numPreemptions, numSteps, 100 * use);
    }
  }

  private static Cost run(long seed, int growthTokens, boolean enablePrefixCaching) {
    SplittableRandom random = new SplittableRandom(seed);
    EngineLimits limits =
        new EngineLimits(4096, MAX_NUM_SEQS, 2048, BLOCK_SIZE, NUM_BLOCKS, NUM_REQUESTS, 50_000, 5);
    KvCacheManager kv = new KvCacheManager(NUM_BLOCKS, BLOCK_SIZE, enablePrefixCaching);
    SchedulerConfig config =
        SchedulerConfig.of(limits)
            .withPrefixCaching(enablePrefixCaching, new byte[0])
            .withGrowthTokens(growthTokens);
    Scheduler scheduler = new Scheduler(config, kv);
    List<RequestState> requests = requests(random);
    requests.forEach(scheduler::add);
    StepPlan plan = new StepPlan(MAX_NUM_SEQS);
    StepResult result = new StepResult(MAX_NUM_SEQS);
    long numComputed = 0;
    int numSteps = 0;
    int numFullSteps = 0;
    double use = 0;
    while (scheduler.hasRequests()) {
      scheduler.schedule(plan, numSteps + 1);
      numComputed += plan.numTokens();
      if (scheduler.numWaiting() > 0) {
        use += kv.usage();
        numFullSteps++;
      }
      result.clear(plan.numSequences());
      for (int i = 0; i < plan.numSequences(); i++) {
        if (plan.isSampled(i)) {
          result.addToken(i, random.nextInt(50_000), null);
        }
      }
      scheduler.apply(plan, result, numSteps + 1);
      numSteps++;
    }
    kv.checkIntegrity();
    long numNeeded = 0;
    for (RequestState request : requests) {
      assertThat(request.numOutputTokens()).isEqualTo(request.sampling().maxTokens());
      numNeeded += request.numTokens() - 1 - request.stats().numCachedTokens();
    }
    return new Cost(
        numComputed,
        numComputed - numNeeded,
        scheduler.totalPreemptions(),
        numSteps,
        use / numFullSteps);
  }

  private static List<RequestState> requests(SplittableRandom random) {
    PrefixHasher hasher = new PrefixHasher(BLOCK_SIZE, new byte[0]);
    List<RequestState> requests = new ArrayList<>();
    for (int i = 0; i < NUM_REQUESTS; i++) {
      int[] prompt = random.ints(random.nextInt(30, 500), 0, 50_000).toArray();
      SamplingParams sampling =
          SamplingParams.builder().maxTokens(random.nextInt(100, 1500)).ignoreEos(true).build();
      GenerateRequest request =
          new GenerateRequest("r" + i, prompt, sampling, GenerateRequest.NO_DEADLINE);
      RequestState state =
          new RequestState(request, hasher.hash("", "", prompt), 0, 1, new RecordingSink());
      requests.add(state);
    }
    return requests;
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void roomForGrowthSavesRecomputingAtTheCostOfFewSteps(boolean enablePrefixCaching) {
    for (long seed = 0; seed < 3; seed++) {
      Cost without = run(seed, 0, enablePrefixCaching);
      Cost with = run(seed, SchedulerConfig.DEFAULT_GROWTH_TOKENS, enablePrefixCaching);

      System.out.printf(
          "prefix caching %s, seed %d: without room for growth %s, with %s%n",
          enablePrefixCaching, seed, without, with);
      assertThat(with.recomputedShare()).isLessThan(0.65 * without.recomputedShare());
      assertThat((double) with.numSteps()).isLessThan(1.03 * without.numSteps());
      assertThat(with.use()).isGreaterThan(0.95);
    }
  }
}
