package dev.gatun.tensor;

/**
 * Checks the arguments of {@link Ops#pagedAttention} where the batch is host memory: shapes,
 * context lengths and every block id that will be read. Allocates nothing; one thread at a time.
 */
public final class AttentionCheck {
  private AttentionCheck() {}

  /**
   * Passes arguments that fit.
   *
   * @throws IllegalArgumentException naming the value and the limit
   */
  public static void check(
      Tensor out, Tensor q, KvLayer cache, AttentionBatch batch, AttentionParams params) {
    int numHeads = params.numHeads();
    checkHeads(cache, params);
    long columns = (long) numHeads * cache.headDim();
    Require.activation("pagedAttention q", q, batch.numTokens(), columns);
    Require.activation("pagedAttention out", out, batch.numTokens(), columns);
    checkBatch(cache, batch, params.window());
  }

  /** The part of {@link #check} that looks at heads and sinks alone. */
  public static void checkHeads(KvLayer cache, AttentionParams params) {
    int numHeads = params.numHeads();
    if (numHeads % cache.numKvHeads() != 0) {
      throw new IllegalArgumentException(
          "pagedAttention: " + numHeads + " heads over " + cache.numKvHeads() + " KV heads");
    }
    Tensor sinks = params.sinks();
    if (sinks != null) {
      Require.vector("pagedAttention sinks", sinks, numHeads);
    }
  }

  /** The part of {@link #check} that looks at context lengths and block ids alone. */
  public static void checkBatch(KvLayer cache, AttentionBatch batch, int window) {
    for (int s = 0; s < batch.numSequences(); s++) {
      checkSequence(cache, batch, window, s);
    }
  }

  private static void checkSequence(KvLayer cache, AttentionBatch batch, int window, int sequence) {
    int blockSize = cache.blockSize();
    int maxBlocks = batch.limits().maxBlocksPerSequence();
    int queryLen = batch.queryStart().getInt(sequence + 1L) - batch.queryStart().getInt(sequence);
    int contextLen = batch.contextLens().getInt(sequence);
    long maxContextLen = (long) maxBlocks * blockSize;
    if (contextLen < queryLen || contextLen > maxContextLen) {
      throw new IllegalArgumentException(
          "pagedAttention: context length %d is not in [%d, %d]"
              .formatted(contextLen, queryLen, maxContextLen));
    }
    if (queryLen == 0) {
      return;
    }
    int firstPosition = contextLen - queryLen;
    int firstKey = window == 0 ? 0 : Math.max(0, firstPosition + 1 - window);
    for (int i = firstKey / blockSize; i <= (contextLen - 1) / blockSize; i++) {
      int block = batch.blockTables().getInt((long) sequence * maxBlocks + i);
      Require.index("pagedAttention: block", block, cache.numBlocks());
    }
  }
}
