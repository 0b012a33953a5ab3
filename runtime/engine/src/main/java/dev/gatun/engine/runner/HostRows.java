package dev.gatun.engine.runner;

import dev.gatun.engine.api.TokenLogprobs;
import dev.gatun.engine.sample.LogprobScorer;
import dev.gatun.engine.sample.Sampler;
import dev.gatun.engine.sched.RequestState;
import dev.gatun.engine.sched.SchedulerConfig;
import dev.gatun.tensor.Backend;
import dev.gatun.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Logits brought to the host and sampled there, row by row. One thread at a time. */
final class HostRows implements LogitRows {
  private final Backend backend;
  private final ConstraintMasks masks;
  private final Sampler sampler;
  private final LogprobScorer scorer;
  private final float[] logitRow;
  private @Nullable Tensor logits;
  private boolean isOnHost;

  HostRows(SchedulerConfig config, Backend backend, ConstraintMasks masks) {
    this.backend = backend;
    this.masks = masks;
    int vocabSize = config.limits().vocabSize();
    sampler = new Sampler(vocabSize, config.eosTokenIds());
    scorer = new LogprobScorer(vocabSize);
    logitRow = new float[vocabSize];
  }

  /** Brings all rows of a step, waiting for it. */
  void beginAll(Tensor computed, int numRows) {
    logits = backend.readRows(computed, numRows);
    isOnHost = true;
  }

  /** Brings rows as they are asked for. */
  void beginSingly(Tensor computed) {
    logits = computed;
    isOnHost = false;
  }

  @Override
  public int sample(StepWork work, int i, int row, int position) {
    if (!isSound(row)) {
      return UNSOUND;
    }
    RequestState request = work.plan().request(i);
    return sampler.sample(
        logitRow,
        masks.mask(i),
        request.sampling(),
        work.tokens(i),
        request.numPromptTokens(),
        position,
        request.seed());
  }

  @Override
  public boolean isSound(int row) {
    Tensor rows = logits;
    if (rows == null) {
      throw new IllegalStateException("no step has begun");
    }
    if (isOnHost) {
      rows.readFloats(row, 0, logitRow, 0, logitRow.length);
    } else {
      backend.readFloats(rows, row, logitRow);
    }
    return Sampler.isSound(logitRow, logitRow.length);
  }

  @Override
  public TokenLogprobs score(int row, int tokenId, int numTop) {
    return scorer.score(logitRow, tokenId, numTop);
  }
}
