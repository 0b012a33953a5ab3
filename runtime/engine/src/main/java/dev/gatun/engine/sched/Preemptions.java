package dev.gatun.engine.sched;

import dev.gatun.engine.api.PreemptionStats;
import dev.gatun.engine.kv.CachedPrefix;
import dev.gatun.engine.kv.KvCacheManager;

/**
 * Takes running requests off and brings them back: decides whether their KV goes to the swap space,
 * and counts what that costs. Engine thread only.
 */
final class Preemptions {
  private final KvCacheManager kv;
  private final RunningRequests running;
  private final boolean hasSwapSpace;
  private final StepCosts costs = new StepCosts();
  private final PreemptionCounts counts = new PreemptionCounts();

  /** Claims the books of the swap space, if there is one. */
  Preemptions(SchedulerConfig config, KvCacheManager kv, RunningRequests running) {
    this.kv = kv;
    this.running = running;
    int numSwapBlocks = config.preemption().numSwapBlocks();
    hasSwapSpace = numSwapBlocks > 0;
    if (hasSwapSpace) {
      kv.claimSwapSpace(numSwapBlocks, config.limits().maxNumSeqs(), config.limits().maxModelLen());
    }
  }

  /** What steps cost, to be told of each one. */
  StepCosts costs() {
    return costs;
  }

  long numPreemptions() {
    return counts.numPreemptions();
  }

  PreemptionStats stats() {
    return counts.stats();
  }

  /** Takes blocks and slot from the last in order, which has to wait again. */
  RequestState preemptLast() {
    RequestState victim = running.preemptLast(hasSwapSpace && costs.isSwapCheaper(kv.blockSize()));
    counts.addPreemption(victim.parked() != KvCacheManager.NOT_PARKED);
    return victim;
  }

  /** Leading tokens of a waiting request that need not be computed. */
  int numTokensAtHand(RequestState request, CachedPrefix prefix) {
    return kv.numRestorableTokens(request.parked(), prefix, request.maxCachedTokens());
  }

  /** Makes a waiting request run, with the KV that is at hand. */
  void admit(RequestState request, CachedPrefix prefix, int numFound, long nowNanos) {
    int numRecomputed = request.numTokensToRecompute(numFound);
    int numSwappedOut = kv.numSavedTokens(request.parked());
    int numSwappedIn = running.admit(request, prefix, numFound, nowNanos);
    request.preemptions().addRecomputed(numRecomputed);
    request.preemptions().addSwapped(numSwappedOut, numSwappedIn);
    counts.addRecomputed(numRecomputed);
    counts.addSwapped(numSwappedOut, numSwappedIn);
  }

  /** A request ends; if it is preempted, nothing of it is kept any longer. */
  void end(RequestState request) {
    if (request.parked() != KvCacheManager.NOT_PARKED) {
      int numSwappedOut = kv.numSavedTokens(request.parked());
      request.preemptions().addSwapped(numSwappedOut, 0);
      counts.addSwapped(numSwappedOut, 0);
      kv.unpark(request.parked());
      request.unpark();
    }
  }
}
