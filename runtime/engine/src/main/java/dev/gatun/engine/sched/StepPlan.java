package dev.gatun.engine.sched;

import dev.gatun.engine.kv.BlockCopies;
import dev.gatun.engine.kv.BlockTable;
import dev.gatun.engine.kv.Invariant;
import org.jspecify.annotations.Nullable;

/**
 * What one step computes: for each sequence a run of tokens at consecutive positions. Reused from
 * step to step, sized by max-num-seqs. Filled by the scheduler, read by the runner while it
 * launches the step, and by the scheduler again when the result is applied.
 *
 * <p>The run of a sequence, when steps overlap and where drafts are verified:
 *
 * <pre>
 *   known tokens ............ | pending token         sampled by the step before, not applied yet
 *   known tokens ............ | draft draft draft     guessed; each row's logits judge the next one
 *   ^ startPosition           ^ numKnownTokens
 * </pre>
 */
public final class StepPlan {
  private final @Nullable RequestState[] requests;
  private final @Nullable BlockTable[] blockTables;
  private final int[] startPositions;
  private final int[] numScheduledTokens;
  private final int[] firstScoredRows;
  private final int[] numScoredRows;
  private final boolean[] isSampled;
  private final int[] slots;
  private final int[] admissions;
  private final int[] numKnownTokens;
  private final int[] numDrafts;
  private final int[] draftIds;
  private final int maxDrafts;
  private final BlockCopies copies = new BlockCopies();
  private int numSequences;
  private int numTokens;

  /** Without room for drafts. */
  public StepPlan(int maxNumSeqs) {
    this(maxNumSeqs, 0);
  }

  /**
   * An empty plan.
   *
   * @param maxDrafts draft tokens of one sequence
   */
  public StepPlan(int maxNumSeqs, int maxDrafts) {
    this.maxDrafts = maxDrafts;
    requests = new RequestState[maxNumSeqs];
    blockTables = new BlockTable[maxNumSeqs];
    startPositions = new int[maxNumSeqs];
    numScheduledTokens = new int[maxNumSeqs];
    firstScoredRows = new int[maxNumSeqs];
    numScoredRows = new int[maxNumSeqs];
    isSampled = new boolean[maxNumSeqs];
    slots = new int[maxNumSeqs];
    admissions = new int[maxNumSeqs];
    numKnownTokens = new int[maxNumSeqs];
    numDrafts = new int[maxNumSeqs];
    draftIds = new int[maxNumSeqs * maxDrafts];
  }

  void clear() {
    for (int i = 0; i < numSequences; i++) {
      requests[i] = null;
      blockTables[i] = null;
    }
    numSequences = 0;
    numTokens = 0;
    copies.clear();
  }

  /** Adds tokens from the first one that has not been scheduled yet; without drafts. */
  void add(RequestState request, BlockTable table, int numScheduled) {
    int start = request.numComputedTokens();
    Invariant.check(numScheduled > 0, "scheduled tokens", numScheduled, start);
    int i = numSequences++;
    requests[i] = request;
    blockTables[i] = table;
    startPositions[i] = start;
    numScheduledTokens[i] = numScheduled;
    firstScoredRows[i] = Math.max(start, request.numScoredRows());
    numScoredRows[i] = request.numRowsToScore(start, numScheduled);
    isSampled[i] =
        start + numScheduled == request.numTokensAhead() && request.sampling().maxTokens() > 0;
    slots[i] = request.slot();
    admissions[i] = request.numAdmissions();
    numKnownTokens[i] = request.numTokens();
    numDrafts[i] = 0;
    numTokens += numScheduled;
  }

  /** Adds drafts to sequence i, which is sampled and has no pending token. */
  void addDrafts(int i, int[] tokenIds, int count) {
    Invariant.check(isSampled[i] && count <= maxDrafts, "drafts of a sampled row", count, i);
    System.arraycopy(tokenIds, 0, draftIds, i * maxDrafts, count);
    numDrafts[i] = count;
    numScheduledTokens[i] += count;
    numTokens += count;
  }

  /** Copies between KV cache and swap space, to be made in order before anything is computed. */
  public BlockCopies copies() {
    return copies;
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

  /** Known, pending and draft tokens of sequence i in this step. */
  public int numScheduledTokens(int i) {
    return numScheduledTokens[i];
  }

  /** Position behind the last scheduled token. */
  public int endPosition(int i) {
    return startPositions[i] + numScheduledTokens[i];
  }

  /** The sequence's place in per-request storage, its own while it runs; below max-num-seqs. */
  public int slot(int i) {
    return slots[i];
  }

  /**
   * Tokens of sequence i that were known when it was planned. A token scheduled behind them is a
   * draft or, without drafts, the one that the step before samples for this sequence.
   */
  public int numKnownTokens(int i) {
    return numKnownTokens[i];
  }

  /** Whether the token at this position is the one that the step before samples. */
  public boolean isPending(int i, int position) {
    return position >= numKnownTokens[i] && numDrafts[i] == 0;
  }

  /** Draft tokens behind the known ones, to be verified. */
  public int numDrafts(int i) {
    return numDrafts[i];
  }

  /** Draft k of sequence i. */
  public int draftId(int i, int k) {
    Invariant.check(k < numDrafts[i], "a draft of the sequence's", k, numDrafts[i]);
    return draftIds[i * maxDrafts + k];
  }

  /** Whether the request still runs as it did when it was planned, with the same blocks. */
  boolean isCurrent(int i) {
    RequestState request = request(i);
    return request.status() == RequestStatus.RUNNING && request.numAdmissions() == admissions[i];
  }

  /**
   * Whether the logits of the last known or pending token give the next output token; those of
   * drafts give the ones after it.
   */
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
