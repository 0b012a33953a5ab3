package dev.gatun.engine.sched;

import dev.gatun.engine.api.EngineLimits;
import dev.gatun.engine.api.GenerateRequest;
import dev.gatun.engine.api.SamplingParams;
import dev.gatun.engine.api.TokenLogprobs;
import dev.gatun.engine.kv.BlockHashes;
import dev.gatun.engine.kv.KvCacheManager;
import dev.gatun.engine.kv.PrefixHasher;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A scheduler driven by hand: every sampled token is {@link #nextToken}. Up to two steps may be
 * planned before the first of them is applied.
 */
final class SchedulerHarness {
  static final int EOS = 7;

  /** Whatever fits now may start, so that small pools run dry. */
  static final PreemptionConfig GREEDY = PreemptionConfig.DEFAULT.withOvercommit(1e9);

  final KvCacheManager kv;
  final Scheduler scheduler;

  /** The one made last. */
  StepPlan plan;

  final Map<RequestState, RecordingSink> sinks = new HashMap<>();
  int nextToken = 1;
  long now = 100;
  private final StepPlan[] plans;
  private final StepResult result;
  private final PrefixHasher hasher;
  private int numLaunched;
  private int numApplied;

  /** Without prefix caching. */
  SchedulerHarness(int maxNumSeqs, int budget, int blockSize, int numBlocks) {
    this(maxNumSeqs, budget, blockSize, numBlocks, 0, 4);
  }

  SchedulerHarness(
      int maxNumSeqs, int budget, int blockSize, int numBlocks, int threshold, int scoredRows) {
    this(
        maxNumSeqs,
        budget,
        blockSize,
        numBlocks,
        threshold,
        scoredRows,
        false,
        GREEDY,
        Speculation.NONE);
  }

  SchedulerHarness(
      int maxNumSeqs,
      int budget,
      int blockSize,
      int numBlocks,
      int threshold,
      int scoredRows,
      boolean enablePrefixCaching,
      PreemptionConfig preemption,
      Speculation speculation) {
    EngineLimits limits =
        new EngineLimits(64, maxNumSeqs, budget, blockSize, numBlocks, 32, 100, 5);
    kv = new KvCacheManager(numBlocks, blockSize, enablePrefixCaching);
    hasher = new PrefixHasher(blockSize, new byte[0]);
    SchedulerConfig config =
        new SchedulerConfig(limits, threshold, scoredRows, new int[] {EOS})
            .withPreemption(preemption)
            .withSpeculation(speculation);
    scheduler = new Scheduler(config, kv);
    int maxDrafts = speculation.numSpeculativeTokens();
    plans =
        new StepPlan[] {new StepPlan(maxNumSeqs, maxDrafts), new StepPlan(maxNumSeqs, maxDrafts)};
    plan = plans[0];
    result = new StepResult(maxNumSeqs, maxDrafts);
  }

  static SchedulerHarness withPrefixCaching(
      int maxNumSeqs, int budget, int blockSize, int numBlocks) {
    return new SchedulerHarness(
        maxNumSeqs, budget, blockSize, numBlocks, 0, 4, true, GREEDY, Speculation.NONE);
  }

  static SchedulerHarness with(int numBlocks, PreemptionConfig preemption) {
    return new SchedulerHarness(4, 100, 4, numBlocks, 0, 4, false, preemption, Speculation.NONE);
  }

  /** Drafts by the last token alone. */
  static SchedulerHarness speculating(int budget, int numBlocks, int numSpeculativeTokens) {
    Speculation speculation = new Speculation(numSpeculativeTokens, 1, 1);
    return new SchedulerHarness(4, budget, 4, numBlocks, 0, 4, true, GREEDY, speculation);
  }

  RequestState add(String id, int promptLength, int maxTokens) {
    return add(id, promptLength, SamplingParams.builder().maxTokens(maxTokens).build());
  }

  RequestState add(String id, int promptLength, SamplingParams sampling) {
    return add(id, promptLength, sampling, GenerateRequest.NO_DEADLINE);
  }

  RequestState add(String id, int promptLength, SamplingParams sampling, long deadlineNanos) {
    int[] prompt = new int[promptLength];
    Arrays.fill(prompt, 3);
    return add(new GenerateRequest(id, prompt, sampling, deadlineNanos));
  }

  RequestState add(GenerateRequest request) {
    RecordingSink sink = new RecordingSink();
    BlockHashes hashes = hasher.hash("", request.cacheSalt(), request.promptTokenIds());
    return add(new RequestState(request, hashes, 0, now, sink), sink);
  }

  private RequestState add(RequestState request, RecordingSink sink) {
    sinks.put(request, sink);
    scheduler.add(request);
    return request;
  }

  /** Plans a step; returns "id:tokens" of each sequence in order. */
  List<String> schedule() {
    plan = plans[numLaunched % plans.length];
    scheduler.schedule(plan, ++now);
    numLaunched += plan.numSequences() > 0 ? 1 : 0;
    List<String> planned = new ArrayList<>();
    for (int i = 0; i < plan.numSequences(); i++) {
      planned.add(plan.request(i).requestId() + ":" + plan.numScheduledTokens(i));
    }
    return planned;
  }

  /** Applies the oldest step in flight. */
  void apply() {
    applyOldest(-1, "");
  }

  /** The same with failed sequences. */
  void applyFailure(int failed, String message) {
    applyOldest(failed, message);
  }

  private void applyOldest(int failed, String message) {
    StepPlan oldest = plans[numApplied++ % plans.length];
    result.clear(oldest.numSequences());
    for (int i = 0; i < oldest.numSequences(); i++) {
      setScores(oldest, i);
      if (i == failed) {
        result.fail(i, message);
      } else if (oldest.isSampled(i)) {
        result.addToken(i, nextToken, null);
      }
    }
    scheduler.apply(oldest, result, ++now);
    kv.checkIntegrity();
  }

  /** Applies the oldest step, of one sequence, with these tokens and, if not empty, a failure. */
  void applyTokens(String failure, int... tokenIds) {
    StepPlan oldest = plans[numApplied++ % plans.length];
    result.clear(oldest.numSequences());
    setScores(oldest, 0);
    for (int tokenId : tokenIds) {
      result.addToken(0, tokenId, null);
    }
    if (!failure.isEmpty()) {
      result.fail(0, failure);
    }
    scheduler.apply(oldest, result, ++now);
    kv.checkIntegrity();
  }

  private void setScores(StepPlan planned, int i) {
    int numScored = planned.numScoredRows(i);
    if (numScored > 0) {
      TokenLogprobs[] rows = new TokenLogprobs[numScored];
      Arrays.setAll(rows, row -> new TokenLogprobs(3, -1, 1, new int[0], new float[0]));
      result.setPromptLogprobs(i, rows);
    }
  }

  List<String> step() {
    List<String> planned = schedule();
    apply();
    return planned;
  }

  RecordingSink sink(RequestState request) {
    return sinks.get(request);
  }
}
