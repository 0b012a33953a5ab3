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

  int blocksOfLongestRequest() {
    return Math.ceilDiv(maxModelLen, options.blockSize());
  }

  long budgetBytes() {
    return (long) (facts.totalBytes() * options.memoryUtilization());
  }
}
