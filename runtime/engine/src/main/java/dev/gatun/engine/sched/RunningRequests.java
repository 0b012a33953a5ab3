package dev.gatun.engine.sched;

import dev.gatun.engine.kv.BlockTable;
import dev.gatun.engine.kv.CachedPrefix;
import dev.gatun.engine.kv.Invariant;
import dev.gatun.engine.kv.KvCacheManager;
import org.jspecify.annotations.Nullable;

/**
 * The running requests in {@link RequestOrder}, each with a slot: its place in the per-request
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

  /** The i-th in order. */
  RequestState get(int i) {
    RequestState request = requests[i];
    if (request == null) {
      throw new IllegalStateException("no running request at " + i + " of " + size);
    }
    return request;
  }

  boolean hasExpired(long nowNanos) {
    for (int i = 0; i < size; i++) {
      if (get(i).isExpired(nowNanos)) {
        return true;
      }
    }
    return false;
  }

  BlockTable table(RequestState request) {
    return tables[request.slot()];
  }

  /**
   * Gives the request a slot, and the blocks to start with: those of the prefix and what was kept
   * of the request itself.
   *
   * @param numFound leading tokens whose KV is at hand in them
   * @return tokens that are copied back from the swap space
   */
  int admit(RequestState request, CachedPrefix prefix, int numFound, long nowNanos) {
    Invariant.check(!isFull(), "a free slot for", size, requests.length);
    int slot = freeSlots[requests.length - 1 - size];
    kv.usePrefix(tables[slot], prefix);
    int numSwappedIn = kv.restore(tables[slot], request.parked(), numFound);
    request.unpark();
    request.admit(slot, numFound, nowNanos);
    insert(request);
    return numSwappedIn;
  }

  /** The one admitted is nearly always the last in order. */
  private void insert(RequestState request) {
    int place = size++;
    while (place > 0 && request.isBefore(get(place - 1))) {
      requests[place] = get(place - 1);
      place--;
    }
    requests[place] = request;
  }

  /**
   * Takes the blocks and the slot away from the last in order.
   *
   * @param isSwapped whether to save what is in its blocks when they are reused
   */
  RequestState preemptLast(boolean isSwapped) {
    RequestState victim = get(size - 1);
    int parked = KvCacheManager.NOT_PARKED;
    if (isSwapped) {
      parked = kv.park(table(victim), victim.numComputedTokens());
    } else {
      kv.free(table(victim));
    }
    removeLast(victim.slot());
    victim.preempt(parked);
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

  /** Blocks that all requests are going to take for the tokens they have. */
  int numPromisedBlocks() {
    int promised = 0;
    for (int i = 0; i < size; i++) {
      promised += numPromisedBlocks(get(i));
    }
    return promised;
  }

  /** Blocks that the request is going to take for the tokens it has. */
  int numPromisedBlocks(RequestState request) {
    return Math.max(0, kv.numBlocksFor(request.numTokens()) - table(request).numBlocks());
  }
}
