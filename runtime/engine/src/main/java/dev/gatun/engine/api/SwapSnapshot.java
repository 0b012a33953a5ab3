package dev.gatun.engine.api;

/**
 * The swap space at one moment.
 *
 * @param numBlocks it has, 0 without one
 * @param numUsedBlocks with something in them
 * @param numRequests preempted ones whose KV is watched or kept there
 */
public record SwapSnapshot(int numBlocks, int numUsedBlocks, int numRequests) {
  public static final SwapSnapshot NONE = new SwapSnapshot(0, 0, 0);
}
