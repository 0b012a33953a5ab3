package dev.gatun.engine.sched;

import dev.gatun.engine.kv.KvCacheManager;

/**
 * Admission as vLLM does it, to compare with: what fits now may start, beside a hundredth of the
 * pool and a fixed number of further tokens of each running request. With none, a request starts
 * whenever its prompt fits.
 */
final class GrowthRoom implements AdmissionRule {
  private final KvCacheManager kv;
  private final RunningRequests running;
  private final int growthTokens;
  private int numPromised;

  GrowthRoom(KvCacheManager kv, RunningRequests running, int growthTokens) {
    this.kv = kv;
    this.running = running;
    this.growthTokens = growthTokens;
  }

  @Override
  public void beginStep() {
    numPromised = 0;
    for (int i = 0; i < running.size(); i++) {
      RequestState request = running.get(i);
      numPromised += Math.max(0, grown(request) - running.table(request).numBlocks());
    }
  }

  private int grown(RequestState request) {
    int numTokens = Math.min(request.numTokens() + growthTokens, request.maxComputedTokens());
    return kv.numBlocksFor(Math.max(request.numTokens(), numTokens));
  }

  @Override
  public boolean admits(RequestState candidate, int numReferenced) {
    int watermark = (kv.numBlocks() + 99) / 100;
    int numNeeded = kv.numBlocksFor(candidate.numTokens()) - numReferenced;
    boolean isAdmitted = numNeeded <= kv.numFreeBlocks() - numPromised - watermark;
    if (isAdmitted) {
      numPromised += Math.max(0, grown(candidate) - kv.numBlocksFor(candidate.numTokens()));
    }
    return isAdmitted;
  }

  @Override
  public void onToken(RequestState request) {}

  @Override
  public void onStop(RequestState request) {}
}
