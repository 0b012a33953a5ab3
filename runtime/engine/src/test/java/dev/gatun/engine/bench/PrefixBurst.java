package dev.gatun.engine.bench;

import dev.gatun.engine.api.EngineLimits;
import dev.gatun.engine.api.GenerateRequest;
import dev.gatun.engine.api.SamplingParams;
import dev.gatun.engine.api.TokenEvent;
import dev.gatun.engine.api.TokenLogprobs;
import dev.gatun.engine.kv.KvCacheManager;
import dev.gatun.engine.kv.PrefixHasher;
import dev.gatun.engine.sched.RequestState;
import dev.gatun.engine.sched.Scheduler;
import dev.gatun.engine.sched.SchedulerConfig;
import dev.gatun.engine.sched.StepPlan;
import dev.gatun.engine.sched.StepResult;
import dev.gatun.engine.sched.TokenSink;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Counts what is prefilled for 64 requests that share a prefix of 1,000 tokens. No model and no
 * clock: the same everywhere.
 */
final class PrefixBurst {
  static final int NUM_REQUESTS = 64;
  static final int PREFIX_TOKENS = 1_000;
  private static final int BLOCK_SIZE = 16;
  private static final int OUTPUT_TOKENS = 20;

  private final Scheduler scheduler;
  private final int maxInFlight;
  private final int numSeqs;

  /** Tokens scheduled beyond those that feed an output token back. */
  private long numPrefilled;

  private PrefixBurst(int budget, int maxInFlight, int numSeqs) {
    this.maxInFlight = maxInFlight;
    this.numSeqs = numSeqs;
    int numBlocks = 20_000;
    EngineLimits limits =
        new EngineLimits(2_048, numSeqs, budget, BLOCK_SIZE, numBlocks, NUM_REQUESTS, 50_000, 5);
    scheduler =
        new Scheduler(SchedulerConfig.of(limits), new KvCacheManager(numBlocks, BLOCK_SIZE, true));
  }

  /**
   * Prints prefilled tokens beside the ideal.
   *
   * @param stepsBetween steps from one arrival to the next; 0 for all at once
   */
  static void report(int budget, int maxInFlight, int numSeqs, int stepsBetween) {
    List<int[]> prompts = prompts();
    PrefixBurst burst = new PrefixBurst(budget, maxInFlight, numSeqs);
    int numSteps = burst.run(prompts, stepsBetween);
    int tails = prompts.stream().mapToInt(prompt -> prompt.length - PREFIX_TOKENS).sum();
    int ideal = PREFIX_TOKENS + tails;
    int shared = PREFIX_TOKENS / BLOCK_SIZE * BLOCK_SIZE;
    int idealInBlocks = shared + NUM_REQUESTS * (PREFIX_TOKENS - shared) + tails;
    System.out.printf(
        "budget %d, steps in flight %d, max-num-seqs %d, %s: prefilled %d tokens, ideal %d"
            + " (x %.4f), with blocks of %d tokens %d (x %.4f), without reuse %d; %d steps%n",
        budget,
        maxInFlight,
        numSeqs,
        stepsBetween == 0 ? "together" : "one every %d steps".formatted(stepsBetween),
        burst.numPrefilled,
        ideal,
        burst.numPrefilled / (double) ideal,
        BLOCK_SIZE,
        idealInBlocks,
        burst.numPrefilled / (double) idealInBlocks,
        NUM_REQUESTS * PREFIX_TOKENS + tails,
        numSteps);
  }

  private static List<int[]> prompts() {
    SplittableRandom random = new SplittableRandom(1);
    int[] prefix = random.ints(PREFIX_TOKENS, 0, 50_000).toArray();
    List<int[]> prompts = new ArrayList<>();
    for (int i = 0; i < NUM_REQUESTS; i++) {
      IntStream tail = random.ints(random.nextInt(50, 400), 0, 50_000);
      prompts.add(IntStream.concat(IntStream.of(prefix), tail).toArray());
    }
    return prompts;
  }

  private int run(List<int[]> prompts, int stepsBetween) {
    PrefixHasher hasher = new PrefixHasher(BLOCK_SIZE, new byte[0]);
    SamplingParams sampling = SamplingParams.builder().maxTokens(OUTPUT_TOKENS).build();
    ArrayDeque<StepPlan> inFlight = new ArrayDeque<>();
    int numAdded = 0;
    int step = 0;
    while (numAdded < prompts.size() || scheduler.hasRequests() || !inFlight.isEmpty()) {
      while (numAdded < prompts.size() && numAdded * stepsBetween <= step) {
        int[] prompt = prompts.get(numAdded++);
        GenerateRequest request =
            new GenerateRequest("r" + numAdded, prompt, sampling, GenerateRequest.NO_DEADLINE);
        scheduler.add(new RequestState(request, hasher.hash("", "", prompt), 0, 1, new NoSink()));
      }
      StepPlan plan = new StepPlan(numSeqs);
      scheduler.schedule(plan, 1);
      if (plan.numSequences() > 0) {
        count(plan);
        inFlight.add(plan);
      }
      if (inFlight.size() == maxInFlight || (plan.numSequences() == 0 && !inFlight.isEmpty())) {
        apply(inFlight.removeFirst());
      }
      step++;
    }
    return step;
  }

  private void count(StepPlan plan) {
    for (int i = 0; i < plan.numSequences(); i++) {
      int end = Math.min(plan.endPosition(i), plan.request(i).numPromptTokens());
      numPrefilled += Math.max(0, end - plan.startPosition(i));
    }
  }

  private void apply(StepPlan plan) {
    StepResult result = new StepResult(numSeqs);
    result.clear(plan.numSequences());
    for (int i = 0; i < plan.numSequences(); i++) {
      if (plan.isSampled(i)) {
        result.addToken(i, 7, null);
      }
    }
    scheduler.apply(plan, result, 1);
  }

  /** Leaves everything aside. */
  static final class NoSink implements TokenSink {
    @Override
    public void onPromptScored(List<TokenLogprobs> logprobs) {}

    @Override
    public void onToken(int tokenId, TokenLogprobs logprobs) {}

    @Override
    public void onFinished(TokenEvent.Finished finished) {}
  }
}
