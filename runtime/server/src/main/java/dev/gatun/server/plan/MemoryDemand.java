package dev.gatun.server.plan;

import dev.gatun.server.config.ServeConfig.MemoryOptions;
import dev.gatun.tensor.MemoryFacts;

/**
 * What the plan is made from. Sizes in bytes.
 *
 * @param facts memory of the device
 * @param isHost true if the device is this machine's own memory, where weights are mapped from the
 *     file
 * @param weightBytes weights as ops read them
 * @param workspaceBytes activations and batch of the largest step
 * @param bytesPerBlock KV of one block in all layers
 * @param maxModelLen tokens of the longest request
 * @param maxNumSeqs requests running at once
 */
public record MemoryDemand(
    MemoryFacts facts,
    boolean isHost,
    long weightBytes,
    long workspaceBytes,
    long bytesPerBlock,
    int maxModelLen,
    int maxNumSeqs,
    MemoryOptions options) {

  /** Swap space unless configured, where the device has memory of its own. */
  private static final long DEVICE_SWAP_BYTES = 4L << 30;

  /**
   * Blocks of swap space; none by default where they would be memory that the KV cache could have,
   * and no more than all requests at full length need.
   */
  int numSwapBlocks() {
    long bytes = options.swapSpaceBytes().orElse(isHost ? 0 : DEVICE_SWAP_BYTES);
    long most = Math.min((long) blocksOfLongestRequest() * maxNumSeqs, Integer.MAX_VALUE);
    return (int) Math.min(bytes / bytesPerBlock, most);
  }

  long swapBytes() {
    return numSwapBlocks() * bytesPerBlock;
  }

  /** What of the device's memory is taken whatever the KV cache gets. */
  long fixedBytes() {
    return weightBytes + workspaceBytes + (isHost ? swapBytes() : 0);
  }

  int blocksOfLongestRequest() {
    return Math.ceilDiv(maxModelLen, options.blockSize());
  }

  long budgetBytes() {
    return (long) (facts.totalBytes() * options.memoryUtilization());
  }
}
