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
 * @param heapBytes the most that the Java heap of this process may grow to
 * @param bytesPerBlock KV of one block in all layers
 * @param maxModelLen tokens of the longest request
 * @param maxNumSeqs requests running at once
 */
public record MemoryDemand(
    MemoryFacts facts,
    boolean isHost,
    long weightBytes,
    long workspaceBytes,
    long heapBytes,
    long bytesPerBlock,
    int maxModelLen,
    int maxNumSeqs,
    MemoryOptions options) {

  /** Swap space unless configured, where the device has memory of its own. */
  private static final long DEVICE_SWAP_BYTES = 4L << 30;

  /**
   * What a process takes beside its heap and what else is planned: classes and compiled code, the
   * start-up archive, the collector, threads, the tokenizer, network buffers. A server of the demo
   * model has 150 MiB of resident memory that is neither heap nor KV; a large vocabulary and many
   * clients take more.
   */
  static final long BESIDE_HEAP_BYTES = 256L << 20;

  /**
   * The most that is set aside for the heap. What it holds is bounded by the queue and by the sizes
   * of messages, far below this; a quarter of a large machine would be memory that KV cannot have.
   */
  static final long MOST_HEAP_BYTES = 2L << 30;

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

  /** Set aside for the heap. */
  long heapReserveBytes() {
    return Math.min(heapBytes, MOST_HEAP_BYTES);
  }

  /** What this process takes of the device's memory whatever the model; none of another memory. */
  long processBytes() {
    return isHost ? heapReserveBytes() + BESIDE_HEAP_BYTES : 0;
  }

  /** What of the device's memory is taken whatever the KV cache gets. */
  long fixedBytes() {
    return weightBytes + workspaceBytes + processBytes() + (isHost ? swapBytes() : 0);
  }

  int blocksOfLongestRequest() {
    return Math.ceilDiv(maxModelLen, options.blockSize());
  }

  long budgetBytes() {
    return (long) (facts.totalBytes() * options.memoryUtilization());
  }
}
