package dev.gatun.engine.runner;

import dev.gatun.engine.api.TokenLogprobs;
import dev.gatun.engine.sched.RequestState;
import dev.gatun.engine.sched.SchedulerConfig;
import dev.gatun.engine.sched.StepPlan;
import dev.gatun.model.decoder.Decoder;
import dev.gatun.tensor.Backend;
import dev.gatun.tensor.KvLayer;
import dev.gatun.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Computes one step after the other: forward pass, scores, sampling, on the device where it offers
 * that. Claims everything when it is made; a step allocates only the log-probabilities that a
 * request asked for. One thread at a time.
 */
final class StepComputer implements AutoCloseable {
  private final Backend backend;
  private final Decoder decoder;
  private final List<KvLayer> cache;
  private final BlockSwapper swapper;
  private final ConstraintMasks masks;
  private final HostRows hostRows;
  private final @Nullable DeviceRows deviceRows;

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
    masks = new ConstraintMasks(config.limits().maxNumSeqs(), vocabSize);
    hostRows = new HostRows(config, backend, masks);
    deviceRows =
        backend
            .newSampler(DeviceRows.limits(config))
            .map(sampler -> new DeviceRows(config, sampler, hostRows, masks))
            .orElse(null);
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
    LogitRows rows = begin(work, computed);
    int row = 0;
    for (int i = 0; i < plan.numSequences(); i++) {
      int numScored = plan.numScoredRows(i);
      boolean isSound = numScored == 0 || score(work, i, rows, row);
      row += numScored;
      if (plan.isSampled(i)) {
        if (isSound) {
          sampleSequence(work, i, rows, row);
        }
        row += plan.numDrafts(i) + 1;
      }
    }
  }

  /** Waits for the device and for the masks, on which sampling there waits before it begins. */
  private LogitRows begin(StepWork work, Tensor computed) {
    DeviceRows device = deviceRows;
    if (device == null) {
      hostRows.beginAll(computed, work.batch().numLogitRows() - work.batch().numFillers());
      masks.await();
      return hostRows;
    }
    masks.await();
    device.begin(work, computed);
    return device;
  }

  /** False if a row is not sound; then the sequence has been failed. */
  private boolean score(StepWork work, int i, LogitRows rows, int firstRow) {
    StepPlan plan = work.plan();
    RequestState request = plan.request(i);
    TokenLogprobs[] scores = new TokenLogprobs[plan.numScoredRows(i)];
    for (int k = 0; k < scores.length; k++) {
      int position = plan.firstScoredRow(i) + k;
      if (!rows.isSound(firstRow + k)) {
        failUnsound(work, i, position);
        return false;
      }
      int numTop = request.sampling().promptLogprobs();
      scores[k] = rows.score(firstRow + k, work.tokens(i)[position + 1], numTop);
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
  private void sampleSequence(StepWork work, int i, LogitRows rows, int firstRow) {
    StepPlan plan = work.plan();
    int numDrafts = plan.numDrafts(i);
    int firstPosition = plan.endPosition(i) - numDrafts;
    for (int k = 0; k <= numDrafts; k++) {
      int token = sample(work, i, rows, firstRow + k, firstPosition + k);
      if (token == LogitRows.NO_TOKEN || k == numDrafts || token != plan.draftId(i, k)) {
        return;
      }
      if (!masks.refill(i, work.result())) {
        return;
      }
    }
  }

  /** The token at this position, {@link LogitRows#NO_TOKEN} if the sequence failed or ended. */
  private int sample(StepWork work, int i, LogitRows rows, int row, int position) {
    if (!masks.isKnown(i, work.result())) {
      return LogitRows.NO_TOKEN;
    }
    RequestState request = work.plan().request(i);
    int token = rows.sample(work, i, row, position);
    if (token == LogitRows.UNSOUND) {
      failUnsound(work, i, position - 1);
      return LogitRows.NO_TOKEN;
    }
    if (token == LogitRows.NO_TOKEN) {
      masks.endWithoutToken(i, request, position - request.numPromptTokens(), work.result());
      return token;
    }
    int numTop = request.sampling().logprobs();
    TokenLogprobs scores = numTop >= 0 ? rows.score(row, token, numTop) : null;
    work.result().addToken(i, token, scores);
    masks.accept(i, token, work.result());
    lastTokens[work.plan().slot(i)] = token;
    work.tokens(i)[position] = token;
    return token;
  }

  private static void failUnsound(StepWork work, int i, int position) {
    work.result()
        .fail(
            i,
            "request %s: the model's logits at position %d are not finite numbers"
                .formatted(work.plan().request(i).requestId(), position));
  }

  @Override
  public void close() {
    masks.close();
  }
}
