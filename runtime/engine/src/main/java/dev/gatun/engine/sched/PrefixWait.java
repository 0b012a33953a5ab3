package dev.gatun.engine.sched;

import dev.gatun.engine.kv.Invariant;
import dev.gatun.engine.kv.KvCacheManager;
import org.jspecify.annotations.Nullable;

/**
 * Holds back waiting requests that want blocks which a step in flight is computing: in a burst of
 * requests that start the same, one computes the prefix and the others find it a step later.
 *
 * <pre>
 *   step n      first:  prefix, own end     second: held     other: its prompt (overtakes)
 *   step n + 1  first:  decodes             second: finds the prefix, own end
 * </pre>
 *
 * <p>A held request keeps its place in the queue; the slot and the blocks that it lacks stay free
 * for it. Others may overtake it, or a burst of n pairs would take n steps. What it waits for is
 * looked up anew in every step, among running requests alone: if the one that computes is aborted,
 * fails or is preempted, it waits no more. Each look that holds it is counted, so that it is
 * overtaken in a bounded number of steps, whatever happens. Engine thread only.
 */
final class PrefixWait {
  /** Looks that may hold a request. A prompt computed in small chunks is followed for so long. */
  static final int MAX_HOLDS = 64;

  /**
   * Fewer tokens are not waited for: a step costs the reading of all weights, which is worth some 6
   * tokens on a CPU (ADR 6) and 300 on a large GPU, but what others save counts as well.
   */
  private static final int MIN_TOKENS = 128;

  /** Nor is less than this part of the token budget, in small configurations. */
  private static final int BUDGET_DIVISOR = 16;

  private final KvCacheManager kv;
  private final RunningRequests running;
  private final int minTokens;
  private final @Nullable RequestState[] held;
  private int numHeld;

  PrefixWait(KvCacheManager kv, RunningRequests running, int maxNumSeqs, int maxBatchedTokens) {
    this.kv = kv;
    this.running = running;
    minTokens = Math.min(MIN_TOKENS, maxBatchedTokens / BUDGET_DIVISOR);
    held = new RequestState[maxNumSeqs];
  }

  /** Requests held in this step so far. */
  int numHeld() {
    return numHeld;
  }

  /**
   * Blocks behind the found ones that are worth waiting for, 0 to admit the request now.
   *
   * @param numFound leading blocks of it that are cached
   */
  int numComingBlocks(RequestState request, int numFound) {
    int end =
        Math.min(request.blockHashes().numBlocks(), request.maxCachedTokens() / kv.blockSize());
    if (request.numHolds() >= MAX_HOLDS || (end - numFound) * kv.blockSize() < minTokens) {
      return 0;
    }
    int most = 0;
    for (int i = 0; i < running.size(); i++) {
      RequestState other = running.get(i);
      int coming =
          kv.numComingBlocks(
              running.table(other),
              other.blockHashes(),
              other.numComputedTokens(),
              request.blockHashes(),
              numFound,
              end);
      most = Math.max(most, coming);
    }
    return most * kv.blockSize() < minTokens ? 0 : most;
  }

  /** Takes a request that has left the queue, until the others have been looked at. */
  void hold(RequestState request) {
    Invariant.check(numHeld < held.length, "room for a held request", numHeld, held.length);
    request.countHold();
    held[numHeld++] = request;
  }

  /** Gives all held requests back to the queue, where each has its old place. */
  void releaseTo(WaitingQueue waiting) {
    for (int i = 0; i < numHeld; i++) {
      RequestState request = held[i];
      if (request != null) {
        waiting.add(request);
      }
      held[i] = null;
    }
    numHeld = 0;
  }
}
