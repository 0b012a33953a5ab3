package dev.gatun.tensor.contract;

import dev.gatun.tensor.AttentionBatch;
import dev.gatun.tensor.AttentionParams;
import dev.gatun.tensor.BatchLimits;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.KvLayer;
import dev.gatun.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * One attention layer to be run on the backend with different batches.
 *
 * @param cacheType type of the KV cache
 * @param sinks one per query head, or empty for none
 */
record AttentionCase(
    DType cacheType,
    DType activationType,
    int blockSize,
    int numKvHeads,
    int groupSize,
    int headDim,
    float softCap,
    int window,
    float[] sinks) {

  /** Q, K and V of every position of a sequence, K and V as the cache holds them. */
  record Sequence(float[][] q, float[][] k, float[][] v) {}

  /** Tokens {@code [from, to)} of a sequence are scheduled; those before are in the cache. */
  record Chunk(Sequence sequence, int from, int to) {}

  int numHeads() {
    return numKvHeads * groupSize;
  }

  /** Three times the usual scale: with values in [-1, 1) the weights would be almost equal. */
  float scale() {
    return (float) (3 / Math.sqrt(headDim));
  }

  AttentionCase with(float newSoftCap, int newWindow, float... newSinks) {
    return new AttentionCase(
        cacheType,
        activationType,
        blockSize,
        numKvHeads,
        groupSize,
        headDim,
        newSoftCap,
        newWindow,
        newSinks);
  }

  AttentionCase with(DType newActivationType) {
    return new AttentionCase(
        cacheType,
        newActivationType,
        blockSize,
        numKvHeads,
        groupSize,
        headDim,
        softCap,
        window,
        sinks);
  }

  Sequence sequence(Random random, int length) {
    int kvRow = numKvHeads * headDim;
    boolean isRounded = activationType == DType.F32 && cacheType != DType.I8;
    DType kvType = isRounded ? cacheType : activationType;
    float[][] k = Fixture.uniform(random, kvType, length, kvRow);
    float[][] v = Fixture.uniform(random, kvType, length, kvRow);
    for (int position = 0; position < length; position++) {
      round(k[position]);
      round(v[position]);
    }
    return new Sequence(
        Fixture.uniform(random, activationType, length, numHeads() * headDim), k, v);
  }

  private void round(float[] row) {
    for (int from = 0; cacheType == DType.I8 && from < row.length; from += headDim) {
      Rounding.roundToBytes(row, from, headDim);
    }
    for (int i = 0; cacheType != DType.I8 && i < row.length; i++) {
      row[i] = Rounding.round(cacheType, row[i]);
    }
  }

  /**
   * Runs the chunks as one batch; returns the output rows in order. Blocks are spread over the
   * cache as the random numbers say. Every slot that no sequence may read is NaN, blocks behind the
   * window are the null block.
   */
  float[][] run(Fixture on, Random placement, List<Chunk> chunks) {
    int numBlocks = 3;
    int numTokens = 0;
    int maxBlocks = 1;
    for (Chunk chunk : chunks) {
      numBlocks += blocksFor(chunk.to());
      numTokens += chunk.to() - chunk.from();
      maxBlocks = Math.max(maxBlocks, blocksFor(chunk.to()));
    }
    int width = KvLayer.headWidth(cacheType, headDim);
    KvLayer cache =
        new KvLayer(
            on.poisoned(cacheType, numBlocks, blockSize, numKvHeads, width),
            on.poisoned(cacheType, numBlocks, blockSize, numKvHeads, width));
    BatchLimits limits =
        new BatchLimits(Math.max(1, numTokens + 2), chunks.size() + 1, maxBlocks + 1, 1);
    AttentionBatch batch = on.backend().newBatch(limits);
    float[][] q = fill(on, cache, batch, freeBlocks(placement, numBlocks), chunks);
    on.backend().upload(batch);

    Tensor query = on.strided(activationType, q).view();
    Fixture.Strided out = on.stridedPoison(activationType, numTokens, numHeads() * headDim);
    Tensor sinkTensor = sinks.length == 0 ? null : on.vector(DType.F32, sinks);
    AttentionParams params = new AttentionParams(numHeads(), scale(), softCap, window, sinkTensor);
    on.ops().pagedAttention(out.view(), query, cache, batch, params);
    Check.paddingIsUntouched("pagedAttention", on.read(out.all()));
    return on.read(out.view());
  }

  /** Block ids but the null block in random order. */
  private static List<Integer> freeBlocks(Random placement, int numBlocks) {
    List<Integer> ids = new ArrayList<>();
    for (int id = 1; id < numBlocks; id++) {
      ids.add(id);
    }
    Collections.shuffle(ids, placement);
    return ids;
  }

  /** Fills batch and cache; returns the scheduled rows of q. */
  private float[][] fill(
      Fixture on, KvLayer cache, AttentionBatch batch, List<Integer> free, List<Chunk> chunks) {
    List<float[]> q = new ArrayList<>();
    int nextFree = 0;
    batch.clear();
    for (Chunk chunk : chunks) {
      int firstKey = window == 0 ? 0 : Math.max(0, chunk.from() + 1 - window);
      int[] table = new int[blocksFor(chunk.to())];
      batch.beginSequence(chunk.to());
      for (int i = 0; i < table.length; i++) {
        boolean isBehindWindow = (i + 1) * blockSize <= firstKey;
        table[i] = isBehindWindow ? 0 : free.get(nextFree++);
        batch.addBlock(table[i]);
      }
      for (int position = chunk.from(); position < chunk.to(); position++) {
        batch.addToken(0, position, slot(table, position));
        q.add(chunk.sequence().q()[position]);
      }
      store(on, cache, chunk, table, firstKey);
    }
    return q.toArray(float[][]::new);
  }

  private void store(Fixture on, KvLayer cache, Chunk chunk, int[] table, int firstKey) {
    int count = chunk.to() - firstKey;
    int[] slots = new int[count];
    int[] positions = new int[count];
    for (int i = 0; i < count; i++) {
      positions[i] = firstKey + i;
      slots[i] = slot(table, positions[i]);
    }
    if (count > 0) {
      Tensor k = on.matrix(activationType, Fixture.pick(chunk.sequence().k(), positions));
      Tensor v = on.matrix(activationType, Fixture.pick(chunk.sequence().v(), positions));
      on.ops().storeKv(cache, k, v, on.ints(slots));
    }
  }

  private int slot(int[] table, int position) {
    return table[position / blockSize] * blockSize + position % blockSize;
  }

  private int blocksFor(int numTokens) {
    return (numTokens + blockSize - 1) / blockSize;
  }

  /** Runs the chunks and compares with dense attention in double. */
  void check(Fixture on, Random placement, List<Chunk> chunks) {
    float[][] actual = run(on, placement, chunks);
    int row = 0;
    for (Chunk chunk : chunks) {
      for (int position = chunk.from(); position < chunk.to(); position++) {
        NaiveAttention naive =
            NaiveAttention.of(
                this, chunk.sequence(), position, on.attentionRoundoff(activationType));
        Check.close(
            "position " + position + " of " + this,
            activationType,
            new float[][] {actual[row]},
            new double[][] {naive.expected()},
            new double[][] {naive.error()});
        row++;
      }
    }
  }
}
