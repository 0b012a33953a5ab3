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
    int numKvHeads = cache.numKvHeads();
    if (numHeads % numKvHeads != 0) {
      throw new IllegalArgumentException(
          "pagedAttention: " + numHeads + " heads over " + numKvHeads + " KV heads");
    }
    long columns = (long) numHeads * cache.headDim();
    Require.activation("pagedAttention q", q, batch.numTokens(), columns);
    Require.activation("pagedAttention out", out, batch.numTokens(), columns);
    Tensor sinks = params.sinks();
    if (sinks != null) {
      Require.vector("pagedAttention sinks", sinks, numHeads);
    }
    for (int s = 0; s < batch.numSequences(); s++) {
      checkSequence(cache, batch, params.window(), s);
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
