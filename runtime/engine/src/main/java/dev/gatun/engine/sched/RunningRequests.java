package dev.gatun.engine.sched;

import dev.gatun.engine.kv.BlockTable;
import dev.gatun.engine.kv.CachedPrefix;
import dev.gatun.engine.kv.Invariant;
import dev.gatun.engine.kv.KvCacheManager;
import org.jspecify.annotations.Nullable;

/**
 * The running requests in order of admission, each with a slot: its place in the per-request
 * storage that was claimed at start, among it the block table. Engine thread only.
 */
final class RunningRequests {
  private final KvCacheManager kv;
  private final @Nullable RequestState[] requests;
  private final BlockTable[] tables;
  private final int[] freeSlots;
  private int size;

  RunningRequests(int maxNumSeqs, int maxModelLen, KvCacheManager kv) {
    this.kv = kv;
    requests = new RequestState[maxNumSeqs];
    tables = new BlockTable[maxNumSeqs];
    freeSlots = new int[maxNumSeqs];
    for (int slot = 0; slot < maxNumSeqs; slot++) {
      tables[slot] = kv.newTable(maxModelLen);
      freeSlots[maxNumSeqs - 1 - slot] = slot;
    }
  }

  int size() {
    return size;
  }

  boolean isFull() {
    return size == requests.length;
  }

  int numFreeSlots() {
    return requests.length - size;
  }

  /** The i-th by admission. */
  RequestState get(int i) {
    RequestState request = requests[i];
    if (request == null) {
      throw new IllegalStateException("no running request at " + i + " of " + size);
    }
    return request;
  }

  BlockTable table(RequestState request) {
    return tables[request.slot()];
  }

  /** Gives the request a slot, and the blocks of the prefix to start with. */
  void admit(RequestState request, CachedPrefix prefix, long nowNanos) {
    Invariant.check(!isFull(), "a free slot for", size, requests.length);
    int slot = freeSlots[requests.length - 1 - size];
    kv.usePrefix(tables[slot], prefix);
    request.admit(slot, prefix.numBlocks() * kv.blockSize(), nowNanos);
    requests[size++] = request;
  }

  /** Takes the blocks and the slot away from the request admitted last. */
  RequestState preemptLast() {
    RequestState victim = get(size - 1);
    kv.free(table(victim));
    removeLast(victim.slot());
    victim.preempt();
    return victim;
  }

  private void removeLast(int slot) {
    size--;
    requests[size] = null;
    freeSlots[requests.length - 1 - size] = slot;
  }

  /** Takes out the requests marked as finished, with their blocks; the others keep their order. */
  void removeFinished() {
    int kept = 0;
    int numBefore = size;
    for (int i = 0; i < numBefore; i++) {
      RequestState request = get(i);
      if (request.status() == RequestStatus.FINISHED) {
        kv.free(table(request));
        freeSlots[requests.length - size] = request.slot();
        size--;
        requests[i] = null;
      } else {
        requests[i] = null;
        requests[kept++] = request;
      }
    }
  }

  /** Blocks that all requests are going to take soon. */
  int numPromisedBlocks(int growthTokens) {
    int promised = 0;
    for (int i = 0; i < size; i++) {
      promised += numPromisedBlocks(get(i), growthTokens);
    }
    return promised;
  }

  /**
   * Blocks that the request is going to take soon: for the tokens it has and, unless it ends
   * before, for the next {@code growthTokens}.
   */
  int numPromisedBlocks(RequestState request, int growthTokens) {
    int numTokens = Math.min(request.numTokens() + growthTokens, request.maxComputedTokens());
    return Math.max(0, kv.numBlocksFor(numTokens) - table(request).numBlocks());
  }
}
