package dev.gatun.engine.runner;

import dev.gatun.engine.api.EngineLimits;
import dev.gatun.engine.api.SamplingParams;
import dev.gatun.engine.api.TokenLogprobs;
import dev.gatun.engine.kv.BlockTable;
import dev.gatun.engine.sample.LogprobScorer;
import dev.gatun.engine.sample.Sampler;
import dev.gatun.engine.sched.RequestState;
import dev.gatun.engine.sched.SchedulerConfig;
import dev.gatun.engine.sched.StepPlan;
import dev.gatun.engine.sched.StepResult;
import dev.gatun.model.decoder.Decoder;
import dev.gatun.model.decoder.KvCacheShape;
import dev.gatun.model.decoder.KvCacheTensors;
import dev.gatun.model.spec.ModelSpec;
import dev.gatun.model.weights.ModelWeights;
import dev.gatun.tensor.AttentionBatch;
import dev.gatun.tensor.Backend;
import dev.gatun.tensor.BatchLimits;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.KvLayer;
import dev.gatun.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Runs steps on a model: fills the batch from the plan, computes logits with the decoder, samples
 * on the host. Everything is claimed by {@link #create}; a step allocates only the
 * log-probabilities that a request asked for.
 */
public final class DecoderRunner implements ModelRunner {
  private final Backend backend;
  private final Decoder decoder;
  private final List<KvLayer> cache;
  private final AttentionBatch batch;
  private final Sampler sampler;
  private final LogprobScorer scorer;
  private final float[] logitRow;
  private final StepResult result;

  private @Nullable StepPlan launched;
  private @Nullable Tensor logits;

  private DecoderRunner(
      SchedulerConfig config, Backend backend, Decoder decoder, List<KvLayer> cache) {
    EngineLimits limits = config.limits();
    this.backend = backend;
    this.decoder = decoder;
    this.cache = cache;
    batch = backend.newBatch(batchLimits(config));
    sampler = new Sampler(limits.vocabSize(), config.eosTokenIds());
    scorer = new LogprobScorer(limits.vocabSize());
    logitRow = new float[limits.vocabSize()];
    result = new StepResult(limits.maxNumSeqs());
  }

  /** Largest batch that a scheduler of this configuration plans; sizes the decoder's workspace. */
  public static BatchLimits batchLimits(SchedulerConfig config) {
    EngineLimits limits = config.limits();
    int maxTokens = limits.maxNumBatchedTokens();
    return new BatchLimits(
        maxTokens,
        Math.min(limits.maxNumSeqs(), maxTokens),
        Math.ceilDiv(limits.maxModelLen(), limits.blockSize()),
        Math.min(config.maxLogitRows(), maxTokens));
  }

  /**
   * Places the weights and claims workspace and KV cache, with one block more than the pool has:
   * the null block.
   *
   * @param weights must stay open until the runner is closed
   * @param backend owned and closed by the runner from here on, if this returns
   * @param kvType element type of the KV cache, F32, F16 or BF16
   * @throws dev.gatun.model.ModelLoadException if model and backend do not fit each other
   * @throws dev.gatun.tensor.BackendException if memory does not suffice
   */
  public static DecoderRunner create(
      ModelSpec spec, ModelWeights weights, Backend backend, SchedulerConfig config, DType kvType) {
    EngineLimits limits = config.limits();
    if (limits.vocabSize() != spec.vocabSize()) {
      throw new IllegalArgumentException(
          "the engine's vocabulary has %d tokens, the model's %d"
              .formatted(limits.vocabSize(), spec.vocabSize()));
    }
    Decoder decoder =
        Decoder.build(spec, weights, backend, batchLimits(config), limits.maxModelLen());
    KvCacheShape shape = KvCacheShape.of(spec, limits.blockSize(), kvType);
    List<KvLayer> cache = KvCacheTensors.allocate(backend, shape, limits.numBlocks() + 1);
    return new DecoderRunner(config, backend, decoder, cache);
  }

  @Override
  public void launch(StepPlan plan) {
    batch.clear();
    for (int i = 0; i < plan.numSequences(); i++) {
      fill(plan, i);
    }
    backend.upload(batch);
    logits = decoder.forward(batch, cache);
    launched = plan;
  }

  /** Logit rows of a sequence: its scored rows in order, then its sampled one. */
  private void fill(StepPlan plan, int i) {
    RequestState request = plan.request(i);
    BlockTable table = plan.blockTable(i);
    int start = plan.startPosition(i);
    int end = start + plan.numScheduledTokens(i);
    int firstScored = plan.firstScoredRow(i);
    int endScored = firstScored + plan.numScoredRows(i);
    batch.beginSequence(end);
    for (int block = 0; block < table.numBlocks(); block++) {
      batch.addBlock(table.blockId(block));
    }
    for (int position = start; position < end; position++) {
      batch.addToken(request.tokenId(position), position, table.slot(position));
      boolean isScored = position >= firstScored && position < endScored;
      if (isScored || (position == end - 1 && plan.isSampled(i))) {
        batch.addLogitRow();
      }
    }
  }

  @Override
  public StepResult await() {
    StepPlan plan = launched;
    Tensor rows = logits;
    if (plan == null || rows == null) {
      throw new IllegalStateException("await without launch");
    }
    launched = null;
    logits = null;
    result.clear(plan.numSequences());
    int row = 0;
    for (int i = 0; i < plan.numSequences(); i++) {
      int numScored = plan.numScoredRows(i);
      boolean isSound = numScored == 0 || score(plan, i, rows, row);
      row += numScored;
      if (plan.isSampled(i)) {
        if (isSound) {
          sample(plan, i, rows, row);
        }
        row++;
      }
    }
    return result;
  }

  /** False if a row is not sound; then the sequence has been failed. */
  private boolean score(StepPlan plan, int i, Tensor rows, int firstRow) {
    RequestState request = plan.request(i);
    TokenLogprobs[] scores = new TokenLogprobs[plan.numScoredRows(i)];
    for (int k = 0; k < scores.length; k++) {
      int position = plan.firstScoredRow(i) + k;
      if (!readRow(rows, firstRow + k, i, request, position)) {
        return false;
      }
      int numTop = request.sampling().promptLogprobs();
      scores[k] = scorer.score(logitRow, request.tokenId(position + 1), numTop);
    }
    result.setPromptLogprobs(i, scores);
    return true;
  }

  private void sample(StepPlan plan, int i, Tensor rows, int row) {
    RequestState request = plan.request(i);
    if (!readRow(rows, row, i, request, request.numTokens() - 1)) {
      return;
    }
    SamplingParams sampling = request.sampling();
    int token =
        sampler.sample(
            logitRow,
            sampling,
            request.tokenIds(),
            request.numPromptTokens(),
            request.numTokens(),
            request.seed());
    if (token == Sampler.NO_TOKEN) {
      result.fail(i, "request " + request.requestId() + " masks every token of the vocabulary");
      return;
    }
    boolean isScored = sampling.logprobs() >= 0;
    result.setToken(i, token, isScored ? scorer.score(logitRow, token, sampling.logprobs()) : null);
  }

  private boolean readRow(Tensor rows, int row, int i, RequestState request, int position) {
    backend.readFloats(rows, row, logitRow);
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
    backend.close();
  }
}
