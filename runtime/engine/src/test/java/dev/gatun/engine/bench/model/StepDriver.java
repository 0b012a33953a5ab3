package dev.gatun.engine.bench.model;

import dev.gatun.model.decoder.Decoder;
import dev.gatun.model.decoder.KvCacheShape;
import dev.gatun.model.decoder.KvCacheTensors;
import dev.gatun.model.directory.ModelDirectory;
import dev.gatun.tensor.AttentionBatch;
import dev.gatun.tensor.Backend;
import dev.gatun.tensor.BatchLimits;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.KvLayer;
import dev.gatun.tensor.Tensor;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Makes the steps that a scheduler would plan and runs them: whole prompts of one sequence, in
 * chunks, and decode steps of many. Token ids are random; nothing is sampled.
 *
 * <p>Sequence s owns the blocks {@code 1 + s * blocksPerSequence} and on. All of the cache holds
 * keys and values that the model computed: memory never written may be one shared page of zeros.
 */
final class StepDriver {
  private static final int BLOCK_SIZE = 16;

  private final Backend backend;
  private final Decoder decoder;
  private final AttentionBatch batch;
  private final List<KvLayer> cache;
  private final SplittableRandom random = new SplittableRandom(11);
  private final int vocabSize;
  private final int maxTokens;
  private final int blocksPerSequence;
  private final int maxSequences;
  private long issueNanos;

  /**
   * Places the weights and allocates the cache.
   *
   * @param maxTokens largest chunk of a prompt
   * @param maxSequences largest decode batch
   * @param maxContext longest sequence
   */
  StepDriver(
      ModelDirectory model,
      Backend backend,
      DType kvType,
      int maxTokens,
      int maxSequences,
      int maxContext) {
    this.backend = backend;
    this.maxTokens = Math.max(maxTokens, maxSequences);
    this.maxSequences = maxSequences;
    vocabSize = model.spec().vocabSize();
    blocksPerSequence = Math.ceilDiv(maxContext, BLOCK_SIZE);
    BatchLimits limits =
        new BatchLimits(this.maxTokens, maxSequences, blocksPerSequence, maxSequences);
    int maxModelLen = blocksPerSequence * BLOCK_SIZE;
    decoder = Decoder.build(model.spec(), model.weights(), backend, limits, maxModelLen);
    batch = backend.newBatch(limits);
    KvCacheShape shape = KvCacheShape.of(model.spec(), BLOCK_SIZE, kvType);
    cache = KvCacheTensors.allocate(backend, shape, 1 + maxSequences * blocksPerSequence);
  }

  /** Computes the prompt of sequence 0; logits of its last token, until the next step. */
  Tensor prefill(int numTokens) {
    Tensor logits = null;
    for (int from = 0; from < numTokens; from += maxTokens) {
      long start = System.nanoTime();
      int end = Math.min(from + maxTokens, numTokens);
      batch.clear();
      addTokens(0, from, end);
      if (end == numTokens) {
        batch.addLogitRow();
      }
      logits = run(start);
    }
    return logits;
  }

  /** Fills the cache of every sequence. */
  void fill() {
    prefill(blocksPerSequence * BLOCK_SIZE);
    int[] sources = new int[blocksPerSequence];
    int[] destinations = new int[blocksPerSequence];
    for (int sequence = 1; sequence < maxSequences; sequence++) {
      for (int i = 0; i < blocksPerSequence; i++) {
        sources[i] = blockId(0, i);
        destinations[i] = blockId(sequence, i);
      }
      backend.ops().copyBlocks(cache, sources, destinations, blocksPerSequence);
    }
  }

  /** One step: the token at this position of each of the first sequences, with its logits. */
  Tensor decode(int numSequences, int position) {
    long start = System.nanoTime();
    batch.clear();
    for (int sequence = 0; sequence < numSequences; sequence++) {
      addTokens(sequence, position, position + 1);
      batch.addLogitRow();
    }
    return run(start);
  }

  /**
   * Time that the last step took until all its work was with the device; on a backend that computes
   * on the host that is all of it.
   */
  long issueNanos() {
    return issueNanos;
  }

  private void addTokens(int sequence, int from, int end) {
    batch.beginSequence(end);
    for (int i = 0; i < Math.ceilDiv(end, BLOCK_SIZE); i++) {
      batch.addBlock(blockId(sequence, i));
    }
    for (int position = from; position < end; position++) {
      int slot = blockId(sequence, position / BLOCK_SIZE) * BLOCK_SIZE + position % BLOCK_SIZE;
      batch.addToken(random.nextInt(vocabSize), position, slot);
    }
  }

  private int blockId(int sequence, int i) {
    return 1 + sequence * blocksPerSequence + i;
  }

  private Tensor run(long start) {
    int numRows = batch.numLogitRows();
    backend.upload(batch);
    Tensor computed = decoder.forward(batch, cache);
    issueNanos = System.nanoTime() - start;
    // Waits for the device and brings the logits, as a step of the engine does.
    Tensor logits = backend.readRows(computed, numRows);
    if (numRows > 0 && !Float.isFinite(logits.getFloat(0, 0))) {
      throw new IllegalStateException("a logit is " + logits.getFloat(0, 0));
    }
    return logits;
  }
}
