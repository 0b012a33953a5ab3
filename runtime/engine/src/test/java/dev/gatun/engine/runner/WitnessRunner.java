package dev.gatun.engine.runner;

import dev.gatun.engine.api.TokenLogprobs;
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
    FORGETS_OUTPUT_INDEX
  }

  private final WitnessModel model;
  private final Bug bug;
  private final int blockSize;
  private final long[] slots;
  private final StepResult result;
  private final IdentityHashMap<RequestState, Integer> numStored = new IdentityHashMap<>();
  private int maxLogitRows;

  public WitnessRunner(WitnessModel model, int numBlocks, int blockSize, int maxNumSeqs, Bug bug) {
    this.model = model;
    this.bug = bug;
    this.blockSize = blockSize;
    slots = new long[(numBlocks + 1) * blockSize];
    Arrays.setAll(slots, slot -> ~slot);
    result = new StepResult(maxNumSeqs);
  }

  @Override
  public void launch(StepPlan plan) {
    result.clear(plan.numSequences());
    for (int i = 0; i < plan.numSequences(); i++) {
      store(plan, i);
    }
    int numLogitRows = 0;
    for (int i = 0; i < plan.numSequences(); i++) {
      numLogitRows += plan.numScoredRows(i) + (plan.isSampled(i) ? 1 : 0);
      compute(plan, i);
    }
    maxLogitRows = Math.max(maxLogitRows, numLogitRows);
  }

  private void store(StepPlan plan, int i) {
    RequestState request = plan.request(i);
    int end = plan.startPosition(i) + plan.numScheduledTokens(i);
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
            model.content(request.tokenId(position), position);
      }
    }
    numStored.merge(request, end, Math::max);
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
    int end = plan.startPosition(i) + plan.numScheduledTokens(i);
    if (bug == Bug.ATTENDS_TO_ONE_TOKEN_LESS && end > 1) {
      end--;
    }
    TokenLogprobs[] scores = new TokenLogprobs[plan.numScoredRows(i)];
    int firstScored = plan.firstScoredRow(i);
    long hash = WitnessModel.EMPTY;
    for (int position = 0; position < end; position++) {
      hash = model.attend(hash, slots[readSlot(table, position)]);
      if (position >= firstScored && position < firstScored + scores.length) {
        scores[position - firstScored] = model.score(hash, request.tokenId(position + 1));
      }
    }
    if (scores.length > 0) {
      result.setPromptLogprobs(i, scores);
    }
    if (plan.isSampled(i)) {
      sample(i, request, hash);
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

  private void sample(int i, RequestState request, long hash) {
    if (model.isPoisoned(hash)) {
      result.fail(i, "logits of request " + request.requestId() + " are poisoned");
      return;
    }
    int outputIndex = bug == Bug.FORGETS_OUTPUT_INDEX ? 0 : request.numOutputTokens();
    result.setToken(
        i, model.nextToken(hash, request.sampling(), request.seed(), outputIndex), null);
  }

  @Override
  public StepResult await() {
    return result;
  }

  /** Most logit rows that any step asked for. */
  public int maxLogitRows() {
    return maxLogitRows;
  }

  @Override
  public void close() {}
}
