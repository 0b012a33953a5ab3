package dev.gatun.engine.runner;

import dev.gatun.engine.api.TokenLogprobs;
import dev.gatun.engine.kv.BlockCopies;
import dev.gatun.engine.kv.BlockTable;
import dev.gatun.engine.sched.RequestState;
import dev.gatun.engine.sched.StepPlan;
import dev.gatun.engine.sched.StepResult;
import java.util.Arrays;
import java.util.IdentityHashMap;

/**
 * A KV witness: stores what {@link WitnessModel} says into slots and derives tokens only from what
 * it reads back through the block tables. Like a forward pass it stores the whole batch first, so
 * two sequences sharing a slot by mistake disturb each other.
 */
public final class WitnessRunner implements ModelRunner {

  /** Mistakes planted to prove that the simulation notices them. */
  public enum Bug {
    NONE,
    READS_FIRST_TWO_BLOCKS_SWAPPED,
    STORES_ONE_SLOT_LATE,
    READS_ONE_SLOT_EARLY,
    DOES_NOT_STORE_LAST_TOKEN_OF_CHUNK,
    DOES_NOT_RECOMPUTE_AFTER_PREEMPTION,
    USES_NEIGHBOURS_BLOCK_TABLE,
    ATTENDS_TO_ONE_TOKEN_LESS,
    FORGETS_OUTPUT_INDEX,
    TAKES_PENDING_TOKEN_OF_NEIGHBOUR,
    ACCEPTS_EVERY_DRAFT,
    SWAPS_IN_FROM_NEIGHBOURS_SLOT,
    FORGETS_LAST_SWAP_IN,
    FORGETS_LAST_TOKEN_OF_BLOCK_SWAPPED_OUT,
    SWAPS_OUT_AFTER_COMPUTING
  }

  private final WitnessModel model;
  private final Bug bug;
  private final int blockSize;
  private final long[] slots;
  private final long[] swapSpace;
  private final StepResult[] results;
  private final int[] lastTokens;
  private final IdentityHashMap<RequestState, Integer> numStored = new IdentityHashMap<>();
  private StepResult result;
  private int numLaunched;
  private int numAwaited;
  private int maxLogitRows;

  /** One step at a time, no drafts. */
  public WitnessRunner(WitnessModel model, int numBlocks, int blockSize, int maxNumSeqs, Bug bug) {
    this(model, numBlocks, blockSize, maxNumSeqs, bug, 1, 0, 0);
  }

  /**
   * Computes a step while it is launched, whatever is in flight.
   *
   * @param maxStepsInFlight results that may wait to be taken
   */
  public WitnessRunner(
      WitnessModel model,
      int numBlocks,
      int blockSize,
      int maxNumSeqs,
      Bug bug,
      int maxStepsInFlight,
      int maxDrafts,
      int numSwapBlocks) {
    this.model = model;
    this.bug = bug;
    this.blockSize = blockSize;
    slots = new long[(numBlocks + 1) * blockSize];
    Arrays.setAll(slots, slot -> ~slot);
    swapSpace = new long[numSwapBlocks * blockSize];
    Arrays.setAll(swapSpace, slot -> ~slot ^ 1L << 40);
    results = new StepResult[maxStepsInFlight];
    Arrays.setAll(results, place -> new StepResult(maxNumSeqs, maxDrafts));
    result = results[0];
    lastTokens = new int[maxNumSeqs];
  }

  @Override
  public int maxStepsInFlight() {
    return results.length;
  }

  @Override
  public void launch(StepPlan plan) {
    result = results[numLaunched++ % results.length];
    result.clear(plan.numSequences());
    BlockCopies copies = plan.copies();
    for (int i = 0; i < copies.size(); i++) {
      if (bug != Bug.SWAPS_OUT_AFTER_COMPUTING || !copies.isOut(i)) {
        copy(copies, i);
      }
    }
    for (int i = 0; i < plan.numSequences(); i++) {
      store(plan, i);
    }
    for (int i = 0; i < copies.size(); i++) {
      if (bug == Bug.SWAPS_OUT_AFTER_COMPUTING && copies.isOut(i)) {
        copy(copies, i);
      }
    }
    int numLogitRows = 0;
    for (int i = 0; i < plan.numSequences(); i++) {
      numLogitRows += plan.numScoredRows(i) + (plan.isSampled(i) ? 1 + plan.numDrafts(i) : 0);
      compute(plan, i);
    }
    maxLogitRows = Math.max(maxLogitRows, numLogitRows);
  }

  private void copy(BlockCopies copies, int i) {
    int at = copies.blockId(i) * blockSize;
    int slot = copies.slot(i) * blockSize;
    if (copies.isOut(i)) {
      boolean isShort = bug == Bug.FORGETS_LAST_TOKEN_OF_BLOCK_SWAPPED_OUT;
      System.arraycopy(slots, at, swapSpace, slot, isShort ? blockSize - 1 : blockSize);
    } else if (bug != Bug.FORGETS_LAST_SWAP_IN || i < copies.size() - 1) {
      boolean isWrong = bug == Bug.SWAPS_IN_FROM_NEIGHBOURS_SLOT;
      System.arraycopy(
          swapSpace, isWrong ? (slot + blockSize) % swapSpace.length : slot, slots, at, blockSize);
    }
  }

  private void store(StepPlan plan, int i) {
    RequestState request = plan.request(i);
    int end = plan.endPosition(i);
    for (int position = plan.startPosition(i); position < end; position++) {
      boolean isSkipped =
          switch (bug) {
            case DOES_NOT_STORE_LAST_TOKEN_OF_CHUNK ->
                position == end - 1 && plan.numScheduledTokens(i) > 1;
            case DOES_NOT_RECOMPUTE_AFTER_PREEMPTION ->
                position < numStored.getOrDefault(request, 0);
            default -> false;
          };
      if (!isSkipped) {
        slots[storeSlot(plan.blockTable(i), position)] =
            model.content(tokenId(plan, i, position), position);
      }
    }
    numStored.merge(request, end, Math::max);
  }

  private int tokenId(StepPlan plan, int i, int position) {
    if (position < plan.numKnownTokens(i)) {
      return plan.request(i).tokenId(position);
    }
    if (plan.isPending(i, position)) {
      int slot = plan.slot(i);
      boolean isWrong = bug == Bug.TAKES_PENDING_TOKEN_OF_NEIGHBOUR;
      return lastTokens[isWrong ? (slot + 1) % lastTokens.length : slot];
    }
    return plan.draftId(i, position - plan.numKnownTokens(i));
  }

  private int storeSlot(BlockTable table, int position) {
    int slot = table.slot(position);
    return bug == Bug.STORES_ONE_SLOT_LATE && position > 0 ? (slot + 1) % slots.length : slot;
  }

  private int readSlot(BlockTable table, int position) {
    int block = position / blockSize;
    if (bug == Bug.READS_FIRST_TWO_BLOCKS_SWAPPED && table.numBlocks() > 1 && block < 2) {
      return table.blockId(1 - block) * blockSize + position % blockSize;
    }
    int slot = table.slot(position);
    return bug == Bug.READS_ONE_SLOT_EARLY && position > 0 ? slot - 1 : slot;
  }

  private void compute(StepPlan plan, int i) {
    RequestState request = plan.request(i);
    BlockTable table = readTable(plan, i);
    int end = plan.endPosition(i);
    int firstSampled = plan.isSampled(i) ? end - plan.numDrafts(i) : end + 1;
    TokenLogprobs[] scores = new TokenLogprobs[plan.numScoredRows(i)];
    int firstScored = plan.firstScoredRow(i);
    long hash = WitnessModel.EMPTY;
    boolean isAccepted = true;
    for (int position = 0; position < end && isAccepted; position++) {
      if (bug == Bug.ATTENDS_TO_ONE_TOKEN_LESS && position > 0 && position == end - 1) {
        isAccepted = position + 1 < firstSampled || sample(plan, i, hash, position + 1);
        continue;
      }
      hash = model.attend(hash, slots[readSlot(table, position)]);
      if (position >= firstScored && position < firstScored + scores.length) {
        scores[position - firstScored] = model.score(hash, request.tokenId(position + 1));
      }
      isAccepted = position + 1 < firstSampled || sample(plan, i, hash, position + 1);
    }
    if (scores.length > 0) {
      result.setPromptLogprobs(i, scores);
    }
  }

  private BlockTable readTable(StepPlan plan, int i) {
    BlockTable own = plan.blockTable(i);
    if (bug == Bug.USES_NEIGHBOURS_BLOCK_TABLE && i > 0) {
      BlockTable other = plan.blockTable(i - 1);
      return other.numBlocks() >= own.numBlocks() ? other : own;
    }
    return own;
  }

  /** The token at this position; true if it is the draft that stands there. */
  private boolean sample(StepPlan plan, int i, long hash, int position) {
    RequestState request = plan.request(i);
    if (model.isPoisoned(hash)) {
      result.fail(i, "logits of request " + request.requestId() + " are poisoned");
      return false;
    }
    int outputIndex = bug == Bug.FORGETS_OUTPUT_INDEX ? 0 : position - request.numPromptTokens();
    int token = model.nextToken(hash, request.sampling(), request.seed(), outputIndex);
    int k = position - (plan.endPosition(i) - plan.numDrafts(i));
    boolean isDrafted = k < plan.numDrafts(i);
    if (isDrafted && bug == Bug.ACCEPTS_EVERY_DRAFT) {
      token = plan.draftId(i, k);
    }
    result.addToken(i, token, null);
    lastTokens[plan.slot(i)] = token;
    return isDrafted && token == plan.draftId(i, k);
  }

  @Override
  public StepResult await() {
    return results[numAwaited++ % results.length];
  }

  /** Most logit rows that any step asked for. */
  public int maxLogitRows() {
    return maxLogitRows;
  }

  @Override
  public void close() {}
}
