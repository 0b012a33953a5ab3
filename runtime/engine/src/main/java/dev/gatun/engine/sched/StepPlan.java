package dev.gatun.engine.sched;

import dev.gatun.engine.kv.BlockTable;
import dev.gatun.engine.kv.Invariant;
import org.jspecify.annotations.Nullable;

/**
 * What one step computes: for each sequence a run of tokens at consecutive positions. Reused from
 * step to step, sized by max-num-seqs. Filled by the scheduler, read by the runner.
 */
public final class StepPlan {
  private final @Nullable RequestState[] requests;
  private final @Nullable BlockTable[] blockTables;
  private final int[] startPositions;
  private final int[] numScheduledTokens;
  private final int[] firstScoredRows;
  private final int[] numScoredRows;
  private final boolean[] isSampled;
  private int numSequences;
  private int numTokens;

  public StepPlan(int maxNumSeqs) {
    requests = new RequestState[maxNumSeqs];
    blockTables = new BlockTable[maxNumSeqs];
    startPositions = new int[maxNumSeqs];
    numScheduledTokens = new int[maxNumSeqs];
    firstScoredRows = new int[maxNumSeqs];
    numScoredRows = new int[maxNumSeqs];
    isSampled = new boolean[maxNumSeqs];
  }

  void clear() {
    for (int i = 0; i < numSequences; i++) {
      requests[i] = null;
      blockTables[i] = null;
    }
    numSequences = 0;
    numTokens = 0;
  }

  void add(RequestState request, BlockTable table, int numScheduled) {
    int start = request.numComputedTokens();
    Invariant.check(numScheduled > 0, "scheduled tokens", numScheduled, start);
    requests[numSequences] = request;
    blockTables[numSequences] = table;
    startPositions[numSequences] = start;
    numScheduledTokens[numSequences] = numScheduled;
    firstScoredRows[numSequences] = Math.max(start, request.numScoredRows());
    numScoredRows[numSequences] = request.numRowsToScore(start, numScheduled);
    isSampled[numSequences] =
        start + numScheduled == request.numTokens() && request.sampling().maxTokens() > 0;
    numSequences++;
    numTokens += numScheduled;
  }

  public int numSequences() {
    return numSequences;
  }

  /** Scheduled tokens of all sequences. */
  public int numTokens() {
    return numTokens;
  }

  /** Token ids, sampling parameters and seed of sequence i. */
  public RequestState request(int i) {
    return present(requests[i], i);
  }

  /** Blocks of sequence i; covers all positions up to its last scheduled one. */
  public BlockTable blockTable(int i) {
    return present(blockTables[i], i);
  }

  private <T> T present(@Nullable T entry, int i) {
    if (entry == null) {
      throw new IllegalStateException("sequence " + i + " of " + numSequences + " is not planned");
    }
    return entry;
  }

  /** Position of the first scheduled token; the tokens before it have been computed. */
  public int startPosition(int i) {
    return startPositions[i];
  }

  public int numScheduledTokens(int i) {
    return numScheduledTokens[i];
  }

  /** Whether the last scheduled token's logits give the next output token. */
  public boolean isSampled(int i) {
    return isSampled[i];
  }

  /**
   * First position whose logits score the prompt token after it; the {@link #numScoredRows} rows
   * from there on are wanted. Meaningless if there are none.
   */
  public int firstScoredRow(int i) {
    return firstScoredRows[i];
  }

  /** Rows wanted for prompt logprobs, 0 unless the request asked for them. */
  public int numScoredRows(int i) {
    return numScoredRows[i];
  }
}
