package dev.gatun.server.metrics;

/**
 * How the KV cache is configured.
 *
 * @param blockSize tokens per block
 * @param memoryUtilization share of the memory that the server may take
 * @param dtype as configured
 */
public record CacheFacts(
    int blockSize,
    int numBlocks,
    double memoryUtilization,
    String dtype,
    boolean enablePrefixCaching) {

  /** Values in the order of the labels, spelled as vLLM does. */
  String[] labelValues() {
    return new String[] {
      Integer.toString(blockSize),
      Integer.toString(numBlocks),
      Double.toString(memoryUtilization),
      dtype,
      enablePrefixCaching ? "True" : "False"
    };
  }
}
