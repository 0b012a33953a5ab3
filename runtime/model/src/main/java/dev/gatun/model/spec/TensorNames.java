package dev.gatun.model.spec;

/**
 * Our names of a model's tensors: what a weight map maps to and the decoder asks for. Linear layers
 * are named without {@code .weight} and {@code .bias}.
 */
public final class TensorNames {
  /** {@code [vocabSize, hiddenSize]}. */
  public static final String EMBEDDING = "embedding";

  /** {@code [hiddenSize]}. */
  public static final String FINAL_NORM = "finalNorm";

  /** Linear, hiddenSize to vocabSize. */
  public static final String HEAD = "head";

  private TensorNames() {}

  /** Norm before attention, {@code [hiddenSize]}. */
  public static String attentionNorm(int layer) {
    return "layers." + layer + ".attentionNorm";
  }

  /** Linear of three blocks q, k, v. */
  public static String qkv(int layer) {
    return "layers." + layer + ".qkv";
  }

  /** {@code [headDim]}. */
  public static String qNorm(int layer) {
    return "layers." + layer + ".qNorm";
  }

  /** {@code [headDim]}. */
  public static String kNorm(int layer) {
    return "layers." + layer + ".kNorm";
  }

  /** Linear from the attention's output to hiddenSize. */
  public static String o(int layer) {
    return "layers." + layer + ".o";
  }

  /** Norm before the feed-forward, {@code [hiddenSize]}. */
  public static String mlpNorm(int layer) {
    return "layers." + layer + ".mlpNorm";
  }

  /** Linear of two blocks gate, up. */
  public static String gateUp(int layer) {
    return "layers." + layer + ".gateUp";
  }

  /** Linear from intermediateSize to hiddenSize. */
  public static String down(int layer) {
    return "layers." + layer + ".down";
  }
}
