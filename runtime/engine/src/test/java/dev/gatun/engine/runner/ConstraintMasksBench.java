package dev.gatun.engine.runner;

import dev.gatun.engine.api.EngineLimits;
import dev.gatun.engine.api.GenerateRequest;
import dev.gatun.engine.api.SamplingParams;
import dev.gatun.engine.api.TokenConstraint;
import dev.gatun.engine.kv.BlockHashes;
import dev.gatun.engine.kv.KvCacheManager;
import dev.gatun.engine.loop.GrammarConstraint;
import dev.gatun.engine.sample.Sampler;
import dev.gatun.engine.sched.RecordingSink;
import dev.gatun.engine.sched.RequestState;
import dev.gatun.engine.sched.Scheduler;
import dev.gatun.engine.sched.SchedulerConfig;
import dev.gatun.engine.sched.StepPlan;
import dev.gatun.engine.sched.StepResult;
import dev.gatun.model.grammar.Constraint;
import dev.gatun.model.grammar.GrammarCompiler;
import dev.gatun.model.grammar.TokenTrie;
import dev.gatun.model.grammar.Whitespace;
import dev.gatun.model.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;

/**
 * What constraints cost on the engine thread with a real vocabulary and no model: a pause of 2 ms
 * stands for the forward pass. Each step is sampled twice from the same logits, without and with
 * masks. Run with the test class path and the directory of a tokenizer of {@code <|endoftext|>}.
 */
public final class ConstraintMasksBench {
  private static final long FORWARD_NANOS = 2_000_000;
  private static final int STEPS = 600;
  private static final int MAX_TOKENS = 150;
  private static final String SCHEMA =
      """
      {"type":"object","required":["name","age","tags"],"properties":{
        "name":{"type":"string"},"age":{"type":"integer","minimum":0,"maximum":150},
        "email":{"type":"string"},
        "tags":{"type":"array","items":{"enum":["new","old","blue"]},"maxItems":4},
        "address":{"type":"object","properties":{
          "city":{"type":"string"},"zip":{"type":"string"}}}}}
      """;

  private final int vocabSize;
  private final int numSeqs;
  private final TokenConstraint constraint;
  private final Scheduler scheduler;
  private final StepPlan plan;
  private final StepResult result;
  private final Sampler sampler;
  private final float[][] logits;
  private final SplittableRandom random = new SplittableRandom(1);
  private int numRequests;

  /** Nanoseconds per step: [start, await, sampling free, sampling masked, accept]. */
  private final long[][] nanos = new long[5][STEPS];

  private ConstraintMasksBench(int vocabSize, int numSeqs, TokenConstraint constraint, int eos) {
    this.vocabSize = vocabSize;
    this.numSeqs = numSeqs;
    this.constraint = constraint;
    EngineLimits limits = new EngineLimits(512, numSeqs, 8192, 16, 40 * numSeqs, 999, vocabSize, 5);
    scheduler =
        new Scheduler(
            SchedulerConfig.of(limits, eos).withPrefixCaching(false, new byte[0]),
            new KvCacheManager(limits.numBlocks(), 16, false));
    plan = new StepPlan(numSeqs);
    result = new StepResult(numSeqs);
    sampler = new Sampler(vocabSize, new int[] {eos});
    logits = new float[16][vocabSize];
    for (float[] row : logits) {
      for (int id = 0; id < vocabSize; id++) {
        row[id] = (float) (3 * random.nextGaussian());
      }
    }
  }

  /** Prints the figures. */
  public static void main(String[] args) {
    try (Tokenizer tokenizer = Tokenizer.load(Path.of(args[0]))) {
      int eos = tokenizer.tokenId("<|endoftext|>").orElseThrow();
      TokenTrie trie = TokenTrie.of(tokenizer, new int[] {eos});
      for (int numSeqs : new int[] {1, 16, 64}) {
        Constraint schema = new Constraint.JsonSchema(SCHEMA, Whitespace.BOUNDED);
        TokenConstraint constraint =
            new GrammarConstraint(new GrammarCompiler(trie).compile(schema));
        new ConstraintMasksBench(trie.vocabSize(), numSeqs, constraint, eos).measure();
      }
    }
  }

  private void addRequest() {
    SamplingParams sampling =
        SamplingParams.builder().maxTokens(MAX_TOKENS).constraint(constraint).build();
    GenerateRequest request =
        new GenerateRequest(
            "r" + numRequests++, new int[] {1, 2, 3}, sampling, GenerateRequest.NO_DEADLINE);
    scheduler.add(
        new RequestState(request, BlockHashes.none(), random.nextLong(), 0, new RecordingSink()));
  }

  private void measure() {
    try (ConstraintMasks masks = new ConstraintMasks(numSeqs, vocabSize)) {
      for (int i = 0; i < STEPS; i++) {
        while (scheduler.numRunning() + scheduler.numWaiting() < numSeqs) {
          addRequest();
        }
        step(masks, i);
      }
    }
    String[] labels = {"start", "await", "sample, free", "sample, masked", "accept"};
    System.out.printf(
        Locale.ROOT, "%d sequences, %d tokens, %d requests:%n", numSeqs, vocabSize, numRequests);
    for (int k = 0; k < labels.length; k++) {
      long[] late = Arrays.copyOfRange(nanos[k], STEPS / 2, STEPS);
      long[] all = nanos[k].clone();
      Arrays.sort(late);
      Arrays.sort(all);
      System.out.printf(
          Locale.ROOT,
          "  %-14s us per step: median %.1f, p99 %.1f (second half of %d steps); max of all %.1f%n",
          labels[k],
          late[late.length / 2] / 1e3,
          late[late.length * 99 / 100] / 1e3,
          STEPS,
          all[STEPS - 1] / 1e3);
    }
  }

  private void step(ConstraintMasks masks, int i) {
    scheduler.schedule(plan, 1);
    result.clear(plan.numSequences());
    long t0 = System.nanoTime();
    masks.start(plan);
    long t1 = System.nanoTime();
    for (long end = t1 + FORWARD_NANOS; System.nanoTime() < end; ) {
      LockSupport.parkNanos(end - System.nanoTime());
    }
    long t2 = System.nanoTime();
    masks.await();
    long t3 = System.nanoTime();
    for (int s = 0; s < plan.numSequences(); s++) {
      sample(s, null, i);
    }
    long t4 = System.nanoTime();
    int[] tokens = new int[plan.numSequences()];
    for (int s = 0; s < tokens.length; s++) {
      tokens[s] = sample(s, masks.mask(s), i);
      result.addToken(s, tokens[s], null);
    }
    long t5 = System.nanoTime();
    for (int s = 0; s < tokens.length; s++) {
      masks.accept(s, tokens[s], result);
    }
    long t6 = System.nanoTime();
    scheduler.apply(plan, result, 2);
    long[] spent = {t1 - t0, t3 - t2, t4 - t3, t5 - t4, t6 - t5};
    for (int k = 0; k < spent.length; k++) {
      nanos[k][i] = spent[k];
    }
  }

  private int sample(int s, long[] mask, int step) {
    RequestState request = plan.request(s);
    return sampler.sample(
        logits[(step + s) % logits.length],
        mask,
        request.sampling(),
        request.tokenIds(),
        request.numPromptTokens(),
        request.numTokens(),
        request.seed());
  }
}
