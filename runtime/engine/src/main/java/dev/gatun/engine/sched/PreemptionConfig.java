package dev.gatun.engine.sched;

import java.time.Duration;

/**
 * Who goes first, how full the pool is made, and where those go for whom it became too small.
 *
 * @param policy order of all requests, waiting and running
 * @param agingNanos how much earlier a request counts as arrived per priority level; bounds how
 *     long a request can be overtaken
 * @param overcommit how far above the pool, as a share of it, the forecast of its use may go when
 *     another request is admitted; negative leaves a reserve
 * @param numSwapBlocks blocks of host memory for the KV of preempted requests; 0 for none: they are
 *     recomputed
 */
public record PreemptionConfig(
    SchedulingPolicy policy, long agingNanos, double overcommit, int numSwapBlocks) {

  /** Aging unless configured: queues are seconds long, clients wait minutes. */
  public static final Duration DEFAULT_AGING = Duration.ofSeconds(60);

  /** Overcommitment unless configured; ADR 11 has the figures. */
  public static final double DEFAULT_OVERCOMMIT = 0;

  /** First come first served, no swap space. */
  public static final PreemptionConfig DEFAULT =
      new PreemptionConfig(SchedulingPolicy.FCFS, DEFAULT_AGING.toNanos(), DEFAULT_OVERCOMMIT, 0);

  public PreemptionConfig {
    if (agingNanos < 0) {
      throw new IllegalArgumentException("aging is " + agingNanos + " ns, must be >= 0");
    }
    if (!(overcommit > -1)) {
      throw new IllegalArgumentException("overcommit is " + overcommit + ", must be above -1");
    }
    if (numSwapBlocks < 0) {
      throw new IllegalArgumentException("swap space has " + numSwapBlocks + " blocks");
    }
  }

  /** The same with another order. */
  public PreemptionConfig withPolicy(SchedulingPolicy other, long nanosPerLevel) {
    return new PreemptionConfig(other, nanosPerLevel, overcommit, numSwapBlocks);
  }

  /** The same with another bound of the forecast. */
  public PreemptionConfig withOvercommit(double share) {
    return new PreemptionConfig(policy, agingNanos, share, numSwapBlocks);
  }

  /** The same with another swap space. */
  public PreemptionConfig withSwapBlocks(int numBlocks) {
    return new PreemptionConfig(policy, agingNanos, overcommit, numBlocks);
  }
}
