package dev.gatun.engine.sched;

import dev.gatun.engine.api.SpeculationStats;
import dev.gatun.engine.kv.KvCacheManager;

/** Adds drafts to a planned step, and counts what becomes of them. Engine thread only. */
final class Drafts {
  private final KvCacheManager kv;
  private final RunningRequests running;
  private final boolean isSpeculating;
  private final NgramDrafter drafter;
  private final long[] totalAccepted;
  private long totalDrafts;
  private long totalDraftTokens;

  Drafts(Speculation speculation, KvCacheManager kv, RunningRequests running) {
    this.kv = kv;
    this.running = running;
    isSpeculating = speculation.isEnabled();
    drafter = new NgramDrafter(speculation);
    totalAccepted = new long[speculation.numSpeculativeTokens()];
  }

  /** What is left of budgets and blocks goes to drafts, never the other way round. */
  void addTo(StepPlan plan, int tokenBudget) {
    int budget = isSpeculating ? tokenBudget : 0;
    for (int i = 0; i < plan.numSequences() && budget > 0; i++) {
      RequestState request = plan.request(i);
      if (!plan.isSampled(i)) {
        continue;
      }
      int most = Math.min(budget, request.maxDrafts());
      int count = drafter.draft(request.tokenIds(), request.numTokens(), most);
      int numTokens = request.numComputedTokens() + count;
      if (count > 0 && kv.allocateSlots(running.table(request), numTokens)) {
        plan.addDrafts(i, drafter.drafts(), count);
        request.expectDrafts(count);
        budget -= count;
      }
    }
  }

  /** A draft has been verified. */
  void count(int numDrafts, int numAccepted) {
    totalDrafts++;
    totalDraftTokens += numDrafts;
    for (int k = 0; k < numAccepted; k++) {
      totalAccepted[k]++;
    }
  }

  SpeculationStats stats() {
    return isSpeculating
        ? new SpeculationStats(totalDrafts, totalDraftTokens, totalAccepted.clone())
        : SpeculationStats.NONE;
  }
}
