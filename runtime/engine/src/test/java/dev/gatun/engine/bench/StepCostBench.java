package dev.gatun.engine.bench;

import com.sun.management.ThreadMXBean;
import dev.gatun.engine.api.EngineLimits;
import dev.gatun.engine.api.GenerateRequest;
import dev.gatun.engine.api.SamplingParams;
import dev.gatun.engine.kv.KvCacheManager;
import dev.gatun.engine.kv.PrefixHasher;
import dev.gatun.engine.sched.RequestState;
import dev.gatun.engine.sched.Scheduler;
import dev.gatun.engine.sched.SchedulerConfig;
import dev.gatun.engine.sched.StepPlan;
import dev.gatun.engine.sched.StepResult;
import java.lang.management.ManagementFactory;
import java.util.Arrays;

/**
 * What a decode step costs on the host apart from the model: plan, a runner that does nothing,
 * apply. Prints time and bytes allocated per step with 256 running requests, with and without
 * prefix caching. {@code make bench-engine}.
 */
public final class StepCostBench {
  private static final int NUM_SEQS = 256;
  private static final int BLOCK_SIZE = 16;
  private static final int PROMPT_TOKENS = 500;

  /** As many as there is storage for from the start; the steps measured are the last of them. */
  private static final int MAX_TOKENS = 4_096;

  private static final int STEPS = 3_000;
  private static final int WARM_UP_GENERATIONS = 2;

  private final Scheduler scheduler;
  private final StepPlan plan = new StepPlan(NUM_SEQS);
  private final StepResult result = new StepResult(NUM_SEQS);
  private int token;

  private StepCostBench(boolean enablePrefixCaching) {
    int maxModelLen = PROMPT_TOKENS + MAX_TOKENS;
    int numBlocks = NUM_SEQS * (maxModelLen / BLOCK_SIZE + 2);
    EngineLimits limits =
        new EngineLimits(maxModelLen, NUM_SEQS, 8192, BLOCK_SIZE, numBlocks, NUM_SEQS, 150_000, 5);
    KvCacheManager kv = new KvCacheManager(numBlocks, BLOCK_SIZE, enablePrefixCaching);
    scheduler =
        new Scheduler(
            SchedulerConfig.of(limits).withPrefixCaching(enablePrefixCaching, new byte[0]), kv);
    PrefixHasher hasher = new PrefixHasher(BLOCK_SIZE, new byte[0]);
    SamplingParams sampling =
        SamplingParams.builder().maxTokens(MAX_TOKENS).ignoreEos(true).build();
    for (int i = 0; i < NUM_SEQS; i++) {
      // Lengths differ, so that every step fills some blocks, as it does in life.
      int[] prompt = new int[PROMPT_TOKENS - i % BLOCK_SIZE];
      Arrays.setAll(prompt, k -> k);
      prompt[0] = i;
      GenerateRequest request =
          new GenerateRequest("r" + i, prompt, sampling, GenerateRequest.NO_DEADLINE);
      scheduler.add(
          new RequestState(
              request, hasher.hash("", "", prompt, MAX_TOKENS), 0, 1, new PrefixBurst.NoSink()));
    }
  }

  /** Prints the figures. */
  public static void main(String[] args) {
    for (boolean enablePrefixCaching : new boolean[] {false, true}) {
      for (int i = 0; i < WARM_UP_GENERATIONS; i++) {
        new StepCostBench(enablePrefixCaching).run(MAX_TOKENS - 1);
      }
      new StepCostBench(enablePrefixCaching).measure(enablePrefixCaching);
    }
  }

  private void measure(boolean enablePrefixCaching) {
    run(MAX_TOKENS - 1 - STEPS);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long id = Thread.currentThread().threadId();
    long[] nanos = new long[STEPS];
    long[] bytes = new long[STEPS];
    for (int i = 0; i < STEPS; i++) {
      long allocated = threads.getThreadAllocatedBytes(id);
      long start = System.nanoTime();
      step();
      nanos[i] = System.nanoTime() - start;
      bytes[i] = threads.getThreadAllocatedBytes(id) - allocated;
    }
    if (plan.numSequences() != NUM_SEQS) {
      throw new IllegalStateException("sequences in the last step: " + plan.numSequences());
    }
    long total = Arrays.stream(bytes).sum();
    long numAllocating = Arrays.stream(bytes).filter(count -> count > 0).count();
    Arrays.sort(nanos);
    Arrays.sort(bytes);
    System.out.printf(
        "prefix caching %s, %d sequences: median %.1f us, p99 %.1f us per step; allocated median"
            + " %d B, mean %d B, most %d B per step, %d of %d steps allocated%n",
        enablePrefixCaching ? "on" : "off",
        NUM_SEQS,
        nanos[STEPS / 2] / 1e3,
        nanos[STEPS * 99 / 100] / 1e3,
        bytes[STEPS / 2],
        total / STEPS,
        bytes[STEPS - 1],
        numAllocating,
        STEPS);
  }

  private void run(int numSteps) {
    for (int i = 0; i < numSteps; i++) {
      step();
    }
  }

  private void step() {
    scheduler.expire(2);
    scheduler.schedule(plan, 2);
    result.clear(plan.numSequences());
    for (int i = 0; i < plan.numSequences(); i++) {
      if (plan.isSampled(i)) {
        result.addToken(i, token++ % 150_000, null);
      }
    }
    scheduler.apply(plan, result, 3);
  }
}
