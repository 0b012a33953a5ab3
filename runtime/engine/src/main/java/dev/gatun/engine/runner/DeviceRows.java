package dev.gatun.engine.runner;

import dev.gatun.engine.api.SamplingParams;
import dev.gatun.engine.api.TokenLogprobs;
import dev.gatun.engine.sample.EditSink;
import dev.gatun.engine.sample.LogprobScorer;
import dev.gatun.engine.sample.RowEdits;
import dev.gatun.engine.sched.RequestState;
import dev.gatun.engine.sched.SchedulerConfig;
import dev.gatun.engine.sched.StepPlan;
import dev.gatun.tensor.SampleLimits;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.TokenSampler;
import java.util.Arrays;

/**
 * Logits sampled where they were computed, all rows of a step at once. The host's sampler gives the
 * same tokens and log-probabilities, bit by bit, so a row may be left to it at any time. It is:
 *
 * <ul>
 *   <li>a constrained sequence with drafts, whose mask behind a draft nobody knows before that
 *       draft was accepted;
 *   <li>a row whose lists, mask or likeliest tokens the device has no room for;
 *   <li>a request that biases one token twice.
 * </ul>
 *
 * One thread at a time.
 */
final class DeviceRows implements LogitRows {
  /** Shifted tokens of all rows of a step, and as many counted ones: 2 MiB each. */
  private static final int MAX_LIST_ENTRIES = 1 << 18;

  /** More of the likeliest tokens are left to the host. */
  private static final int MAX_TOP = 128;

  private static final int ON_HOST = -1;

  private final TokenSampler sampler;
  private final HostRows host;
  private final ConstraintMasks masks;
  private final RowEdits edits;
  private final EditSink sink;

  private final int vocabSize;

  /** By row of the logits, the sampler's row. */
  private final int[] sampledRows;

  DeviceRows(SchedulerConfig config, TokenSampler sampler, HostRows host, ConstraintMasks masks) {
    this.sampler = sampler;
    this.host = host;
    this.masks = masks;
    vocabSize = config.limits().vocabSize();
    edits = new RowEdits(vocabSize, config.eosTokenIds());
    sampledRows = new int[limits(config).maxRows()];
    sink =
        new EditSink() {
          @Override
          public boolean shift(int tokenId, float value) {
            return sampler.shift(tokenId, value);
          }

          @Override
          public boolean count(int tokenId, int numOutput) {
            return sampler.count(tokenId, numOutput);
          }
        };
  }

  /** What a sampler for steps of this configuration claims memory for. */
  static SampleLimits limits(SchedulerConfig config) {
    int maxRows = DecoderRunner.batchLimits(config).maxLogitRows();
    return new SampleLimits(
        maxRows,
        config.limits().vocabSize(),
        Math.min(config.limits().maxNumSeqs(), maxRows),
        MAX_LIST_ENTRIES,
        Math.min(config.limits().maxLogprobs(), MAX_TOP));
  }

  /** Samples and scores the rows of a step, waiting for it. Masks are known. */
  void begin(StepWork work, Tensor computed) {
    StepPlan plan = work.plan();
    sampler.clear();
    host.beginSingly(computed);
    Arrays.fill(sampledRows, ON_HOST);
    int row = 0;
    for (int i = 0; i < plan.numSequences(); i++) {
      addScored(work, i, row);
      row += plan.numScoredRows(i);
      if (plan.isSampled(i)) {
        addSampled(work, i, row);
        row += plan.numDrafts(i) + 1;
      }
    }
    sampler.run(computed);
  }

  private void addScored(StepWork work, int i, int firstRow) {
    StepPlan plan = work.plan();
    int numTop = plan.request(i).sampling().promptLogprobs();
    for (int k = 0; k < plan.numScoredRows(i) && numTop <= sampler.maxTop(); k++) {
      int target = work.tokens(i)[plan.firstScoredRow(i) + k + 1];
      sampledRows[firstRow + k] = sampler.beginScored(firstRow + k, target);
      sampler.top(numTop);
    }
  }

  /**
   * Rows behind drafts are sampled as if the drafts before them had been accepted; where they were
   * not, nobody asks.
   */
  private void addSampled(StepWork work, int i, int firstRow) {
    StepPlan plan = work.plan();
    int numDrafts = plan.numDrafts(i);
    int firstPosition = plan.endPosition(i) - numDrafts;
    boolean isConstrained = masks.mask(i) != null;
    if (isConstrained && (numDrafts > 0 || !masks.isKnown(i, work.result()))) {
      return;
    }
    int[] tokens = work.tokens(i);
    for (int k = 0; k <= numDrafts; k++) {
      if (k > 0) {
        tokens[firstPosition + k - 1] = plan.draftId(i, k - 1);
      }
      sampledRows[firstRow + k] = add(plan.request(i), i, tokens, firstRow + k, firstPosition + k);
    }
  }

  private int add(RequestState request, int i, int[] tokens, int row, int position) {
    SamplingParams sampling = request.sampling();
    if (sampling.logprobs() > sampler.maxTop()) {
      return ON_HOST;
    }
    int numPrompt = request.numPromptTokens();
    int begun = sampler.beginSampled(row, request.seed(), position - numPrompt);
    long[] allowed = edits.allowed(sampling, masks.mask(i));
    boolean fits = allowed == null || sampler.mask(allowed);
    if (!fits || !edits.list(sampling, tokens, numPrompt, position, sink)) {
      sampler.dropRow();
      return ON_HOST;
    }
    sampler.draw(sampling.temperature(), sampling.topK(), sampling.topP(), sampling.minP());
    sampler.penalise(
        sampling.repetitionPenalty(), sampling.frequencyPenalty(), sampling.presencePenalty());
    if (sampling.logprobs() >= 0) {
      sampler.top(sampling.logprobs());
    }
    return begun;
  }

  @Override
  public int sample(StepWork work, int i, int row, int position) {
    int sampled = sampledRows[row];
    return sampled == ON_HOST ? host.sample(work, i, row, position) : sampler.token(sampled);
  }

  @Override
  public boolean isSound(int row) {
    int sampled = sampledRows[row];
    return sampled == ON_HOST ? host.isSound(row) : sampler.token(sampled) != UNSOUND;
  }

  @Override
  public TokenLogprobs score(int row, int tokenId, int numTop) {
    int sampled = sampledRows[row];
    if (sampled == ON_HOST) {
      return host.score(row, tokenId, numTop);
    }
    double logSum = LogprobScorer.logSum(sampler.largestLogit(sampled), sampler.mass(sampled));
    int[] topIds = new int[Math.min(numTop, vocabSize)];
    float[] topLogprobs = new float[topIds.length];
    for (int k = 0; k < topIds.length; k++) {
      topIds[k] = sampler.topToken(sampled, k);
      topLogprobs[k] = LogprobScorer.logprob(sampler.topLogit(sampled, k), logSum);
    }
    float logprob = LogprobScorer.logprob(sampler.logit(sampled), logSum);
    return new TokenLogprobs(tokenId, logprob, sampler.rank(sampled), topIds, topLogprobs);
  }
}
