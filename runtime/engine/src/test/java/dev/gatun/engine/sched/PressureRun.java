package dev.gatun.engine.sched;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.engine.api.EngineLimits;
import dev.gatun.engine.api.GenerateRequest;
import dev.gatun.engine.api.PreemptionStats;
import dev.gatun.engine.api.SamplingParams;
import dev.gatun.engine.kv.KvCacheManager;
import dev.gatun.engine.kv.PrefixHasher;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BiFunction;

/**
 * A scheduler under load, with a runner that computes nothing and ends each request where the
 * workload says. Counts tokens and adds up what the steps would have cost, so figures are the same
 * on every machine.
 */
final class PressureRun {
  static final int BLOCK_SIZE = 16;
  private static final int MAX_NUM_SEQS = 400;
  private static final int VOCAB_SIZE = 50_000;
  private static final int EOS = 7;

  /** How long outputs are, which the scheduler is not told. */
  enum Lengths {
    /** As max_tokens says, and the request says so: ignore_eos. */
    KNOWN,
    /** One in 600 tokens ends the output; max_tokens is 4000. */
    GEOMETRIC,
    /** 50 to 150 or 900 to 1400 tokens; max_tokens is 4000. */
    BIMODAL,
    /** 100 to 200 tokens in the first half of the requests, 900 to 1400 in the second; 4000. */
    SHIFT;

    int draw(SplittableRandom random, double progress) {
      return switch (this) {
        case KNOWN -> random.nextInt(100, 1500);
        case GEOMETRIC -> 1 + (int) Math.min(3900, -600 * Math.log(1 - random.nextDouble()));
        case BIMODAL -> random.nextBoolean() ? random.nextInt(50, 150) : random.nextInt(900, 1400);
        case SHIFT -> progress < 0.5 ? random.nextInt(100, 200) : random.nextInt(900, 1400);
      };
    }
  }

  /**
   * What a step costs, in units of a decode token: weights are read once per step, each token costs
   * its own arithmetic, each token of context is read again by those that attend to it.
   */
  private static final double COST_OF_STEP = 40;

  private static final double COST_OF_CONTEXT_TOKEN = 0.0005;

  /** A block of 16 tokens copied at 10 GB/s beside one computed at 0.1 TFLOP/s: 1 / 100. */
  private static final double COST_OF_COPY = 0.16;

  private final Lengths lengths;
  private final SplittableRandom random;
  private final KvCacheManager kv;
  private final Scheduler scheduler;
  private final List<RequestState> requests = new ArrayList<>();
  private final List<Integer> outputs = new ArrayList<>();
  private final StepPlan plan = new StepPlan(MAX_NUM_SEQS);
  private final StepResult result = new StepResult(MAX_NUM_SEQS);

  private long numComputed;
  private int numSteps;
  private double cost;
  private int numFullSteps;
  private double use;
  private double numRunning;

  PressureRun(
      Lengths lengths,
      long seed,
      int numRequests,
      int numBlocks,
      PreemptionConfig preemption,
      BiFunction<KvCacheManager, RunningRequests, AdmissionRule> rule) {
    this.lengths = lengths;
    random = new SplittableRandom(seed);
    EngineLimits limits =
        new EngineLimits(
            8192, MAX_NUM_SEQS, 2048, BLOCK_SIZE, numBlocks, numRequests, VOCAB_SIZE, 5);
    kv = new KvCacheManager(numBlocks, BLOCK_SIZE, true);
    SchedulerConfig config = SchedulerConfig.of(limits, EOS).withPreemption(preemption);
    scheduler =
        rule == null
            ? new Scheduler(config, kv)
            : new Scheduler(config, kv, running -> rule.apply(kv, running));
    for (int i = 0; i < numRequests; i++) {
      outputs.add(lengths.draw(random, i / (double) numRequests));
      requests.add(request(i, outputs.get(i)));
    }
  }

  private RequestState request(int i, int output) {
    boolean isKnown = lengths == Lengths.KNOWN;
    int[] prompt = random.ints(random.nextInt(30, 500), 8, VOCAB_SIZE).toArray();
    SamplingParams sampling =
        SamplingParams.builder().maxTokens(isKnown ? output : 4000).ignoreEos(isKnown).build();
    GenerateRequest request =
        new GenerateRequest(Integer.toString(i), prompt, sampling, GenerateRequest.NO_DEADLINE);
    return new RequestState(
        request,
        new PrefixHasher(BLOCK_SIZE, new byte[0]).hash("", "", prompt),
        0,
        1,
        new RecordingSink());
  }

  /**
   * Runs to the end.
   *
   * @param stepsBetweenArrivals 0 for all at once
   */
  Cost run(double stepsBetweenArrivals) {
    int numArrived = 0;
    while (numArrived < requests.size() || scheduler.hasRequests()) {
      while (numArrived < requests.size() && numArrived * stepsBetweenArrivals <= numSteps) {
        scheduler.add(requests.get(numArrived++));
      }
      step();
    }
    kv.checkIntegrity();
    return cost();
  }

  private void step() {
    scheduler.schedule(plan, numSteps + 1);
    numComputed += plan.numTokens();
    if (scheduler.numWaiting() > 0) {
      use += kv.usage();
      numRunning += scheduler.numRunning();
      numFullSteps++;
    }
    double compute = COST_OF_STEP + plan.numTokens() + COST_OF_COPY * plan.copies().size();
    cost += plan.numSequences() == 0 ? 0 : compute;
    result.clear(plan.numSequences());
    for (int i = 0; i < plan.numSequences(); i++) {
      RequestState request = plan.request(i);
      int end = plan.startPosition(i) + plan.numScheduledTokens(i);
      cost += COST_OF_CONTEXT_TOKEN * plan.numScheduledTokens(i) * end;
      if (plan.isSampled(i)) {
        int index = Integer.parseInt(request.requestId());
        boolean isLast = request.numOutputTokens() + 1 == outputs.get(index);
        boolean isEos = isLast && lengths != Lengths.KNOWN;
        result.addToken(i, isEos ? EOS : random.nextInt(8, VOCAB_SIZE), null);
      }
    }
    scheduler.apply(plan, result, numSteps + 1);
    numSteps++;
  }

  private Cost cost() {
    long numNeeded = 0;
    long numOutput = 0;
    for (int i = 0; i < requests.size(); i++) {
      RequestState request = requests.get(i);
      assertThat(request.numOutputTokens()).isEqualTo(outputs.get(i));
      numNeeded += request.numTokens() - 1 - request.stats().numCachedTokens();
      numOutput += request.numOutputTokens();
    }
    PreemptionStats preemptions = scheduler.preemptionStats();
    assertThat(preemptions.numTokensRecomputed()).isEqualTo(numComputed - numNeeded);
    return new Cost(
        numComputed,
        preemptions,
        numSteps,
        use / numFullSteps,
        numRunning / numFullSteps,
        1000 * numOutput / cost);
  }

  /**
   * What a run computed.
   *
   * @param use share of the pool that was held while requests were waiting
   * @param numRunning requests that ran at once, on average, while others were waiting
   * @param tokenRate output tokens per 1000 units of cost
   */
  record Cost(
      long numComputed,
      PreemptionStats preemptions,
      int numSteps,
      double use,
      double numRunning,
      double tokenRate) {

    /** Tokens that were computed once more, or copied out, per computed one. */
    double lostShare() {
      return (preemptions.numTokensRecomputed() + preemptions.numTokensSwappedOut())
          / (double) numComputed;
    }

    @Override
    public String toString() {
      return "%5.1f %% lost, %4d preemptions, %5d steps, pool %5.1f %%, %5.1f running, rate %.1f"
          .formatted(
              100 * lostShare(),
              preemptions.numPreemptions(),
              numSteps,
              100 * use,
              numRunning,
              tokenRate);
    }
  }
}
