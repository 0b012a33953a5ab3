package dev.gatun.model.spec;

import java.util.List;
import java.util.Set;

/**
 * What the decoder must know of a model: pre-norm transformer blocks (RMS norm, attention, RMS
 * norm, gated MLP), a final norm and a head.
 *
 * @param architecture name in config.json, for messages
 * @param vocabSize rows of the embedding and logits of a row
 * @param hiddenSize width of the residual stream
 * @param maxPositionEmbeddings longest sequence the model was made for, in tokens
 * @param rmsNormEps of every norm
 * @param hasTiedHead whether the head reads the embedding's weights
 * @param windows one per layer: a token attends to itself and the window - 1 tokens before it; 0
 *     for all
 */
public record ModelSpec(
    String architecture,
    int vocabSize,
    int hiddenSize,
    int maxPositionEmbeddings,
    float rmsNormEps,
    boolean hasTiedHead,
    AttentionSpec attention,
    MlpSpec mlp,
    Set<BlockFeature> features,
    List<Integer> windows) {

  public ModelSpec {
    features = Set.copyOf(features);
    windows = List.copyOf(windows);
    if (vocabSize < 1 || hiddenSize < 1 || maxPositionEmbeddings < 1 || windows.isEmpty()) {
      throw new IllegalArgumentException(architecture + ": dimensions must be at least 1");
    }
    if (windows.stream().anyMatch(window -> window < 0)) {
      throw new IllegalArgumentException(architecture + ": negative window in " + windows);
    }
  }

  public boolean has(BlockFeature feature) {
    return features.contains(feature);
  }

  public int numLayers() {
    return windows.size();
  }
}
