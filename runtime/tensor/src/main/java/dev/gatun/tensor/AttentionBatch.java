package dev.gatun.tensor;

import java.util.function.IntFunction;

/**
 * The rows of one step, as ops read them: any mix of prefill chunks and decodes. Made once by
 * {@link Backend#newBatch}, refilled by the runner before every step, on the engine thread.
 *
 * <p>Use: {@link #clear}, then for each sequence {@link #beginSequence}, {@link #addBlock} for its
 * block table, {@link #addToken} for its scheduled tokens and {@link #addLogitRow} for the rows
 * whose logits are wanted; then {@link Backend#upload}. All tensors are I32 and as long as the
 * limits; only the first {@code num...} entries mean anything.
 *
 * <p>Query start (cu_seqlens_q): sequence s owns scheduled tokens {@code [queryStart[s],
 * queryStart[s+1])}. Context length: tokens attended to, including the scheduled ones, so token i
 * of sequence s stands at position {@code contextLens[s] - (queryStart[s+1] - queryStart[s]) + i}.
 */
public final class AttentionBatch {
  /** Where the KV of a row goes that belongs to no sequence: nowhere. */
  public static final int NO_SLOT = -1;

  private final BatchLimits limits;
  private final Tensor tokenIds;
  private final Tensor positions;
  private final Tensor slotMapping;
  private final Tensor queryStart;
  private final Tensor contextLens;
  private final Tensor blockTables;
  private final Tensor logitRows;

  private int numTokens;
  private int numSequences;
  private int numLogitRows;
  private int numBlocks;
  private int numFillers;

  /**
   * Over host memory obtained from {@code allocate}.
   *
   * @param allocate gives an I32 tensor of rank 1 with the given length
   */
  public AttentionBatch(BatchLimits limits, IntFunction<Tensor> allocate) {
    this.limits = limits;
    tokenIds = allocate.apply(limits.maxTokens());
    positions = allocate.apply(limits.maxTokens());
    slotMapping = allocate.apply(limits.maxTokens());
    queryStart = allocate.apply(limits.maxSequences() + 1);
    contextLens = allocate.apply(limits.maxSequences());
    logitRows = allocate.apply(limits.maxLogitRows());
    blockTables =
        allocate.apply(Math.multiplyExact(limits.maxSequences(), limits.maxBlocksPerSequence()));
  }

  public BatchLimits limits() {
    return limits;
  }

  /** Empties the batch. */
  public void clear() {
    numTokens = 0;
    numSequences = 0;
    numLogitRows = 0;
    numBlocks = 0;
    numFillers = 0;
    queryStart.setInt(0, 0);
  }

  /** Starts the next sequence. {@code contextLen} counts its scheduled tokens too. */
  public void beginSequence(int contextLen) {
    check(numSequences < limits.maxSequences(), "sequences", limits.maxSequences());
    contextLens.setInt(numSequences, contextLen);
    numSequences++;
    numBlocks = 0;
    queryStart.setInt(numSequences, numTokens);
  }

  /** Appends a block id to the block table of the sequence begun last. */
  public void addBlock(int blockId) {
    checkBegun(numSequences > 0, "block before a sequence");
    check(numBlocks < limits.maxBlocksPerSequence(), "blocks", limits.maxBlocksPerSequence());
    int row = (numSequences - 1) * limits.maxBlocksPerSequence();
    blockTables.setInt(row + numBlocks, blockId);
    numBlocks++;
  }

  /** Appends a scheduled token of the sequence begun last; {@code slot} is where its KV goes. */
  public void addToken(int tokenId, int position, int slot) {
    checkBegun(numSequences > 0, "token before a sequence");
    check(numTokens < limits.maxTokens(), "tokens", limits.maxTokens());
    tokenIds.setInt(numTokens, tokenId);
    positions.setInt(numTokens, position);
    slotMapping.setInt(numTokens, slot);
    numTokens++;
    queryStart.setInt(numSequences, numTokens);
  }

  /** Asks for logits of the scheduled token added last. */
  public void addLogitRow() {
    checkBegun(numTokens > 0, "logit row before a token");
    check(numLogitRows < limits.maxLogitRows(), "logit rows", limits.maxLogitRows());
    logitRows.setInt(numLogitRows, numTokens - 1);
    numLogitRows++;
  }

  /** Whether every sequence has one scheduled token, and logits of it are wanted. */
  public boolean isDecode() {
    int numScheduled = numTokens - numFillers;
    return numScheduled > 0 && numScheduled == numSequences && numTokens == numLogitRows;
  }

  /**
   * Fills up a batch of decodes with rows of no sequence, so that fewer sizes of batches occur.
   * They have token and position 0, the slot {@link #NO_SLOT}, and logits that mean nothing.
   */
  public void pad(int newNumTokens) {
    checkBegun(isDecode(), "fillers for a batch that is not of decodes alone");
    check(newNumTokens <= limits.maxTokens(), "tokens", limits.maxTokens());
    check(newNumTokens <= limits.maxLogitRows(), "logit rows", limits.maxLogitRows());
    while (numTokens < newNumTokens) {
      tokenIds.setInt(numTokens, 0);
      positions.setInt(numTokens, 0);
      slotMapping.setInt(numTokens, NO_SLOT);
      logitRows.setInt(numLogitRows, numTokens);
      numTokens++;
      numLogitRows++;
      numFillers++;
    }
  }

  private static void check(boolean condition, String what, int max) {
    if (!condition) {
      throw new IllegalStateException("batch is full: " + what + " > " + max);
    }
  }

  private static void checkBegun(boolean hasBegun, String what) {
    if (!hasBegun) {
      throw new IllegalStateException(what);
    }
  }

  /** Rows to compute, fillers among them. */
  public int numTokens() {
    return numTokens;
  }

  /** Rows behind the scheduled tokens that belong to no sequence, see {@link #pad}. */
  public int numFillers() {
    return numFillers;
  }

  public int numSequences() {
    return numSequences;
  }

  public int numLogitRows() {
    return numLogitRows;
  }

  /** Token id of each scheduled token, {@code [numTokens]}. */
  public Tensor tokenIds() {
    return tokenIds;
  }

  /** Position of each scheduled token in its sequence, {@code [numTokens]}. */
  public Tensor positions() {
    return positions;
  }

  /** KV slot of each scheduled token, {@code [numTokens]}. */
  public Tensor slotMapping() {
    return slotMapping;
  }

  /** Prefix sums of scheduled tokens, {@code [numSequences + 1]}. */
  public Tensor queryStart() {
    return queryStart;
  }

  /** Tokens attended to, {@code [numSequences]}. */
  public Tensor contextLens() {
    return contextLens;
  }

  /** Block ids, row s of length maxBlocksPerSequence starts at s * maxBlocksPerSequence. */
  public Tensor blockTables() {
    return blockTables;
  }

  /** Indices of scheduled tokens whose logits are wanted, ascending, {@code [numLogitRows]}. */
  public Tensor logitRows() {
    return logitRows;
  }
}
