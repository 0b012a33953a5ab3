package dev.gatun.engine.runner;

import dev.gatun.engine.kv.BlockTable;
import dev.gatun.engine.sched.RequestState;
import dev.gatun.engine.sched.StepPlan;
import dev.gatun.engine.sched.StepResult;
import dev.gatun.tensor.AttentionBatch;
import org.jspecify.annotations.Nullable;

/**
 * A launched step: the batch made from a plan, what sampling needs to know of its sequences, and
 * room for the result. There is one per step that may be in flight, claimed at start.
 *
 * <p>Filled by the engine thread, then handed to the thread that computes; neither touches it while
 * the other has it.
 */
final class StepWork {
  private final AttentionBatch batch;
  private final StepResult result;

  /** Per sequence, its tokens as far as they were known, and room for those of this step. */
  private final int[] @Nullable [] tokenIds;

  /** Per sequence, the row of its pending token in the batch, or -1. */
  private final int[] pendingRows;

  private @Nullable StepPlan plan;

  StepWork(AttentionBatch batch, int maxNumSeqs, int maxDrafts) {
    this.batch = batch;
    result = new StepResult(maxNumSeqs, maxDrafts);
    tokenIds = new int[maxNumSeqs][];
    pendingRows = new int[maxNumSeqs];
  }

  /** Reads the plan and its block tables. Engine thread. */
  void fill(StepPlan planned) {
    plan = planned;
    result.clear(planned.numSequences());
    batch.clear();
    for (int i = 0; i < planned.numSequences(); i++) {
      fillSequence(planned, i);
    }
  }

  /** Logit rows of a sequence: its scored rows in order, then its sampled one and its drafts'. */
  private void fillSequence(StepPlan planned, int i) {
    RequestState request = planned.request(i);
    BlockTable table = planned.blockTable(i);
    int end = planned.endPosition(i);
    int firstScored = planned.firstScoredRow(i);
    int endScored = firstScored + planned.numScoredRows(i);
    int firstSampled = planned.isSampled(i) ? end - 1 - planned.numDrafts(i) : end;
    tokenIds[i] = request.tokenIds();
    pendingRows[i] = -1;
    batch.beginSequence(end);
    for (int block = 0; block < table.numBlocks(); block++) {
      batch.addBlock(table.blockId(block));
    }
    for (int position = planned.startPosition(i); position < end; position++) {
      int tokenId = 0;
      if (planned.isPending(i, position)) {
        pendingRows[i] = batch.numTokens();
      } else if (position < planned.numKnownTokens(i)) {
        tokenId = request.tokenId(position);
      } else {
        tokenId = planned.draftId(i, position - planned.numKnownTokens(i));
      }
      batch.addToken(tokenId, position, table.slot(position));
      boolean isScored = position >= firstScored && position < endScored;
      if (isScored || position >= firstSampled) {
        batch.addLogitRow();
      }
    }
  }

  /**
   * Puts the tokens that the step before sampled where they were missing. Computing thread.
   *
   * @param lastTokens by slot, the token sampled last
   */
  void resolvePending(int[] lastTokens) {
    StepPlan planned = plan();
    for (int i = 0; i < planned.numSequences(); i++) {
      if (pendingRows[i] >= 0) {
        int token = lastTokens[planned.slot(i)];
        batch.tokenIds().setInt(pendingRows[i], token);
        // The scheduler is going to write the same there, or has done so.
        tokens(i)[planned.endPosition(i) - 1] = token;
      }
    }
  }

  /** The step is no longer in flight. */
  void release() {
    for (int i = 0; i < plan().numSequences(); i++) {
      tokenIds[i] = null;
    }
    plan = null;
  }

  StepPlan plan() {
    StepPlan planned = plan;
    if (planned == null) {
      throw new IllegalStateException("no step in flight");
    }
    return planned;
  }

  /** Tokens of sequence i, in order, up to the end of its scheduled ones. */
  int[] tokens(int i) {
    int[] ids = tokenIds[i];
    if (ids == null) {
      throw new IllegalStateException("no sequence " + i + " in this step");
    }
    return ids;
  }

  AttentionBatch batch() {
    return batch;
  }

  StepResult result() {
    return result;
  }
}
