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

/** A scheduler driven by hand: every sampled token is {@link #nextToken}. */
final class SchedulerHarness {
  static final int EOS = 7;

  final KvCacheManager kv;
  final Scheduler scheduler;
  final StepPlan plan;
  final Map<RequestState, RecordingSink> sinks = new HashMap<>();
  int nextToken = 1;
  long now = 100;
  private final StepResult result;
  private final PrefixHasher hasher;

  /** Without prefix caching. */
  SchedulerHarness(int maxNumSeqs, int budget, int blockSize, int numBlocks) {
    this(maxNumSeqs, budget, blockSize, numBlocks, 0, 4);
  }

  SchedulerHarness(
      int maxNumSeqs, int budget, int blockSize, int numBlocks, int threshold, int scoredRows) {
    this(maxNumSeqs, budget, blockSize, numBlocks, threshold, scoredRows, false, 0);
  }

  private SchedulerHarness(
      int maxNumSeqs,
      int budget,
      int blockSize,
      int numBlocks,
      int threshold,
      int scoredRows,
      boolean enablePrefixCaching,
      int growthTokens) {
    EngineLimits limits =
        new EngineLimits(64, maxNumSeqs, budget, blockSize, numBlocks, 32, 100, 5);
    kv = new KvCacheManager(numBlocks, blockSize, enablePrefixCaching);
    hasher = new PrefixHasher(blockSize, new byte[0]);
    SchedulerConfig config =
        new SchedulerConfig(limits, threshold, scoredRows, new int[] {EOS})
            .withGrowthTokens(growthTokens);
    scheduler = new Scheduler(config, kv);
    plan = new StepPlan(maxNumSeqs);
    result = new StepResult(maxNumSeqs);
  }

  static SchedulerHarness withPrefixCaching(
      int maxNumSeqs, int budget, int blockSize, int numBlocks) {
    return new SchedulerHarness(maxNumSeqs, budget, blockSize, numBlocks, 0, 4, true, 0);
  }

  static SchedulerHarness withGrowth(int numBlocks, int growthTokens) {
    return new SchedulerHarness(4, 100, 4, numBlocks, 0, 4, false, growthTokens);
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
    scheduler.schedule(plan, ++now);
    List<String> planned = new ArrayList<>();
    for (int i = 0; i < plan.numSequences(); i++) {
      planned.add(plan.request(i).requestId() + ":" + plan.numScheduledTokens(i));
    }
    return planned;
  }

  void apply() {
    result.clear(plan.numSequences());
    for (int i = 0; i < plan.numSequences(); i++) {
      if (plan.isSampled(i)) {
        result.addToken(i, nextToken, null);
      }
      int numScored = plan.numScoredRows(i);
      if (numScored > 0) {
        TokenLogprobs[] rows = new TokenLogprobs[numScored];
        Arrays.setAll(rows, row -> new TokenLogprobs(3, -1, 1, new int[0], new float[0]));
        result.setPromptLogprobs(i, rows);
      }
    }
    applyResult();
  }

  void applyFailure(int failed, String message) {
    result.clear(plan.numSequences());
    for (int i = 0; i < plan.numSequences(); i++) {
      result.addToken(i, nextToken, null);
    }
    result.fail(failed, message);
    applyResult();
  }

  private void applyResult() {
    scheduler.apply(plan, result, ++now);
    kv.checkIntegrity();
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
