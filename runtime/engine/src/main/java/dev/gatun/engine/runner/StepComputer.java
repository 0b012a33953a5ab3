package dev.gatun.engine.runner;

import dev.gatun.engine.api.SamplingParams;
import dev.gatun.engine.api.TokenLogprobs;
import dev.gatun.engine.sample.LogprobScorer;
import dev.gatun.engine.sample.Sampler;
import dev.gatun.engine.sched.RequestState;
import dev.gatun.engine.sched.SchedulerConfig;
import dev.gatun.engine.sched.StepPlan;
import dev.gatun.engine.sched.StepResult;
import dev.gatun.model.decoder.Decoder;
import dev.gatun.tensor.Backend;
import dev.gatun.tensor.KvLayer;
import dev.gatun.tensor.Tensor;
import java.util.List;

/**
 * Computes one step after the other: forward pass, scores, sampling on the host. Claims everything
 * when it is made; a step allocates only the log-probabilities that a request asked for. One thread
 * at a time.
 */
final class StepComputer implements AutoCloseable {
  private final Backend backend;
  private final Decoder decoder;
  private final List<KvLayer> cache;
  private final BlockSwapper swapper;
  private final Sampler sampler;
  private final LogprobScorer scorer;
  private final ConstraintMasks masks;
  private final float[] logitRow;

  /** By slot, the token sampled last: what a plan made before it was known left open. */
  private final int[] lastTokens;

  StepComputer(
      SchedulerConfig config,
      Backend backend,
      Decoder decoder,
      List<KvLayer> cache,
      BlockSwapper swapper) {
    this.swapper = swapper;
    this.backend = backend;
    this.decoder = decoder;
    this.cache = cache;
    int vocabSize = config.limits().vocabSize();
    sampler = new Sampler(vocabSize, config.eosTokenIds());
    scorer = new LogprobScorer(vocabSize);
    masks = new ConstraintMasks(config.limits().maxNumSeqs(), vocabSize);
    logitRow = new float[vocabSize];
    lastTokens = new int[config.limits().maxNumSeqs()];
  }

  /** Fills the result of the step. */
  void compute(StepWork work) {
    StepPlan plan = work.plan();
    masks.start(plan);
    work.result().setCopyNanos(swapper.copy(plan.copies()));
    work.resolvePending(lastTokens);
    backend.upload(work.batch());
    Tensor computed = decoder.forward(work.batch(), cache);
    int numRows = work.batch().numLogitRows() - work.batch().numFillers();
    Tensor logits = backend.readRows(computed, numRows);
    masks.await();
    int row = 0;
    for (int i = 0; i < plan.numSequences(); i++) {
      int numScored = plan.numScoredRows(i);
      boolean isSound = numScored == 0 || score(work, i, logits, row);
      row += numScored;
      if (plan.isSampled(i)) {
        if (isSound) {
          sampleSequence(work, i, logits, row);
        }
        row += plan.numDrafts(i) + 1;
      }
    }
  }

  /** False if a row is not sound; then the sequence has been failed. */
  private boolean score(StepWork work, int i, Tensor logits, int firstRow) {
    StepPlan plan = work.plan();
    RequestState request = plan.request(i);
    TokenLogprobs[] scores = new TokenLogprobs[plan.numScoredRows(i)];
    for (int k = 0; k < scores.length; k++) {
      int position = plan.firstScoredRow(i) + k;
      if (!readRow(logits, firstRow + k, work.result(), i, request, position)) {
        return false;
      }
      int numTop = request.sampling().promptLogprobs();
      scores[k] = scorer.score(logitRow, work.tokens(i)[position + 1], numTop);
    }
    work.result().setPromptLogprobs(i, scores);
    return true;
  }

  /**
   * Samples behind the last known token, then behind each draft for as long as what was sampled is
   * that draft. Whatever a draft is, each token is drawn from the distribution that follows the
   * tokens before it, by the same random numbers as without drafts. So drafts change neither the
   * distribution nor, given a seed, the text: a draft that was drawn is one that rejection sampling
   * accepts with the draft's own probability.
   */
  private void sampleSequence(StepWork work, int i, Tensor logits, int firstRow) {
    StepPlan plan = work.plan();
    int numDrafts = plan.numDrafts(i);
    int firstPosition = plan.endPosition(i) - numDrafts;
    for (int k = 0; k <= numDrafts; k++) {
      int token = sample(work, i, logits, firstRow + k, firstPosition + k);
      if (token == Sampler.NO_TOKEN || k == numDrafts || token != plan.draftId(i, k)) {
        return;
      }
      if (!masks.refill(i, work.result())) {
        return;
      }
    }
  }

  /** The token at this position, {@link Sampler#NO_TOKEN} if the sequence has failed or ended. */
  private int sample(StepWork work, int i, Tensor logits, int row, int position) {
    RequestState request = work.plan().request(i);
    if (!readRow(logits, row, work.result(), i, request, position - 1)) {
      return Sampler.NO_TOKEN;
    }
    if (!masks.isKnown(i, work.result())) {
      return Sampler.NO_TOKEN;
    }
    SamplingParams sampling = request.sampling();
    int[] tokens = work.tokens(i);
    int numPrompt = request.numPromptTokens();
    int token =
        sampler.sample(
            logitRow, masks.mask(i), sampling, tokens, numPrompt, position, request.seed());
    if (token == Sampler.NO_TOKEN) {
      masks.endWithoutToken(i, request, position - numPrompt, work.result());
      return token;
    }
    boolean isScored = sampling.logprobs() >= 0;
    TokenLogprobs scores = isScored ? scorer.score(logitRow, token, sampling.logprobs()) : null;
    work.result().addToken(i, token, scores);
    masks.accept(i, token, work.result());
    lastTokens[work.plan().slot(i)] = token;
    tokens[position] = token;
    return token;
  }

  private boolean readRow(
      Tensor logits, int row, StepResult result, int i, RequestState request, int position) {
    logits.readFloats(row, 0, logitRow, 0, logitRow.length);
    boolean isSound = Sampler.isSound(logitRow, logitRow.length);
    if (!isSound) {
      result.fail(
          i,
          "request %s: the model's logits at position %d are not finite numbers"
              .formatted(request.requestId(), position));
    }
    return isSound;
  }

  @Override
  public void close() {
    masks.close();
  }
}
