package dev.gatun.engine.sched;

import dev.gatun.engine.api.SamplingParams;
import dev.gatun.engine.kv.BlockTable;
import dev.gatun.engine.kv.KvCacheManager;
import java.util.Arrays;

/**
 * Admits a request if the pool will hold it and all running ones until they end, as far as that can
 * be told. Every running request takes one token per step, so its blocks at any later step are
 * known, provided that it still runs; whether it does is known as well if only max_tokens ends it,
 * and a chance by {@link OutputLengths} if not. So the expected number of blocks at a later step is
 * a sum, and a margin of {@link #MARGIN} standard deviations is kept free on top:
 *
 * <pre>
 *   blocks(t) = used now + sum over requests of  p(t) * growth(t) - (1 - p(t)) * blocks of its own
 *   admitted if blocks(t) + margin * sd(t) is at most the pool, for all t
 * </pre>
 *
 * The use is highest just before a request ends, so these are the times looked at, and a few
 * further ones for requests that stop earlier. Storage is claimed at start. Engine thread only.
 */
final class PoolForecast implements AdmissionRule {
  /**
   * Standard deviations that are kept free. On geometric lengths and a pool for 90 requests, 1
   * fills 96 % of it and loses 9 % of all tokens, 2 fills 91 % and loses 1 % (ADR 11).
   */
  private static final double MARGIN = 2;

  /** Times looked at beside the ends of requests: 1, 2, 4, ... steps. */
  private static final int NUM_DOUBLINGS = 20;

  private final KvCacheManager kv;
  private final RunningRequests running;
  private final double maxBlocks;
  private final double blocksPerToken;
  private final OutputLengths lengths = new OutputLengths();

  /** The members: running requests, then those admitted in this step. */
  private final RequestState[] members;

  private final int[] numHeld;
  private final int[] numOwn;
  private final int[] ends;
  private final double[] hazards;
  private int numMembers;

  private final int[] sortedEnds;
  private boolean isCollected;
  private double numUsed;

  /** Blocks in use if every member runs to its max_tokens, and none ends before. */
  private double mostUsed;

  /** When the pool was too small at the last refusal: the first time to look at next. */
  private int tightest;

  /**
   * Makes a forecast that knows nothing of lengths yet.
   *
   * @param overcommit how far above the pool, as a share of it, the use may be predicted
   */
  PoolForecast(KvCacheManager kv, RunningRequests running, int maxNumSeqs, double overcommit) {
    this.kv = kv;
    this.running = running;
    maxBlocks = kv.numBlocks() * (1 + overcommit);
    blocksPerToken = 1.0 / kv.blockSize();
    members = new RequestState[maxNumSeqs];
    numHeld = new int[maxNumSeqs];
    numOwn = new int[maxNumSeqs];
    ends = new int[maxNumSeqs];
    hazards = new double[maxNumSeqs];
    sortedEnds = new int[maxNumSeqs];
  }

  @Override
  public void beginStep() {
    isCollected = false;
    tightest = Math.max(0, tightest - 1);
  }

  @Override
  public boolean admits(RequestState candidate, int numReferenced) {
    if (!isCollected) {
      collectMembers();
    }
    // The candidate is looked at as one more member. Its blocks count as growth, since the use of
    // the pool was taken before.
    int before = numMembers;
    double mostBefore = mostUsed;
    addMember(candidate, numReferenced, 0);
    boolean isAdmitted = mostUsed <= maxBlocks || (fitsAt(tightest) && fitsAlways());
    if (!isAdmitted) {
      numMembers = before;
      mostUsed = mostBefore;
    }
    return isAdmitted;
  }

  @Override
  public void onToken(RequestState request) {
    if (mayStop(request) && request.numOutputTokens() >= request.sampling().minTokens()) {
      lengths.onToken(request.numOutputTokens());
    }
  }

  @Override
  public void onStop(RequestState request) {
    if (mayStop(request)) {
      lengths.onStop(request.numOutputTokens());
    }
  }

  private static boolean mayStop(RequestState request) {
    SamplingParams sampling = request.sampling();
    return !sampling.ignoreEos() || sampling.stopTokenIds().length > 0;
  }

  private void collectMembers() {
    isCollected = true;
    numMembers = 0;
    numUsed = kv.numBlocks() - kv.numFreeBlocks();
    mostUsed = numUsed;
    lengths.refresh();
    for (int i = 0; i < running.size(); i++) {
      RequestState request = running.get(i);
      BlockTable table = running.table(request);
      addMember(request, table.numBlocks(), kv.numOwnBlocks(table));
    }
  }

  private void addMember(RequestState request, int held, int own) {
    int end = Math.max(0, request.maxComputedTokens() - request.numTokens());
    int numOutput = Math.max(request.numOutputTokens(), request.sampling().minTokens());
    members[numMembers] = request;
    numHeld[numMembers] = held;
    numOwn[numMembers] = own;
    // The last step for which it needs its blocks, if it runs to its max_tokens.
    ends[numMembers] = end;
    hazards[numMembers] = mayStop(request) ? lengths.hazardUntil(numOutput) : 0;
    numMembers++;
    mostUsed += kv.numBlocksFor(request.numTokens() + end) - held;
  }

  /** Whether the pool suffices at each time at which it might not. */
  private boolean fitsAlways() {
    System.arraycopy(ends, 0, sortedEnds, 0, numMembers);
    Arrays.sort(sortedEnds, 0, numMembers);
    int last = sortedEnds[numMembers - 1];
    for (int i = 0; i < NUM_DOUBLINGS && (1 << i) < last; i++) {
      if (!fitsAt(1 << i)) {
        return false;
      }
    }
    for (int i = 0; i < numMembers; i++) {
      boolean isRepeated = i > 0 && sortedEnds[i] == sortedEnds[i - 1];
      if (!isRepeated && !fitsAt(sortedEnds[i])) {
        return false;
      }
    }
    return true;
  }

  private boolean fitsAt(int time) {
    double mean = numUsed;
    double variance = 0;
    for (int i = 0; i < numMembers; i++) {
      if (time > ends[i]) {
        mean -= numOwn[i];
        continue;
      }
      double alive = alive(i, time);
      double blocks = Math.ceil((members[i].numTokens() + (double) time) * blocksPerToken);
      double swing = Math.max(0, blocks - numHeld[i]) + numOwn[i];
      mean += alive * swing - numOwn[i];
      variance += alive * (1 - alive) * swing * swing;
    }
    boolean isFitting = mean + MARGIN * Math.sqrt(variance) <= maxBlocks;
    if (!isFitting) {
      tightest = time;
    }
    return isFitting;
  }

  /** Chance that the member has not stopped by itself after so many steps. */
  private double alive(int member, int time) {
    RequestState request = members[member];
    if (!mayStop(request)) {
      return 1;
    }
    double hazard = lengths.hazardUntil(request.numOutputTokens() + time) - hazards[member];
    return hazard <= 0 ? 1 : OutputLengths.survival(hazard);
  }
}
