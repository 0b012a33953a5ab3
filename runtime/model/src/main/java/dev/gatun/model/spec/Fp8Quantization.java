package dev.gatun.model.spec;

/**
 * Linear layers quantised to 8-bit floats (E4M3), one scale for each block of a weight.
 *
 * @param method as in config.json, for messages
 * @param blockRows features that share a scale; {@link #ALL} of them
 * @param blockColumns columns that share a scale; {@link #ALL} of them
 */
public record Fp8Quantization(String method, int blockRows, int blockColumns)
    implements QuantizationSpec {
  /** As many as a weight has. */
  public static final int ALL = Integer.MAX_VALUE;

  /** One scale per weight. */
  public static Fp8Quantization perTensor(String method) {
    return new Fp8Quantization(method, ALL, ALL);
  }

  /** One scale per feature. */
  public static Fp8Quantization perFeature(String method) {
    return new Fp8Quantization(method, 1, ALL);
  }

  @Override
  public String toString() {
    String scales =
        blockColumns < ALL
            ? "a scale for %d x %d of them".formatted(blockRows, blockColumns)
            : blockRows < ALL ? "a scale per feature" : "a scale per tensor";
    return "%s: FP8 weights, %s".formatted(method, scales);
  }
}
