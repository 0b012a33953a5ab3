package dev.gatun.tensor;

import java.util.List;

/**
 * A linear layer as the weight files hold it. A fused layer (qkv, gateUp) is several row blocks,
 * top to bottom, each left where the file is mapped; the backend decides whether to read them in
 * place or to copy them together.
 *
 * @param name tensor name used in messages, for example {@code layers.3.qkv}
 * @param format how every block is stored
 * @param blocks weights, each {@code [outFeaturesOfBlock, inFeatures]}
 * @param biases one per block, each {@code [outFeaturesOfBlock]}, or an empty list for no bias
 */
public record LinearSource(
    String name, WeightFormat format, List<Tensor> blocks, List<Tensor> biases) {
  public LinearSource {
    blocks = List.copyOf(blocks);
    biases = List.copyOf(biases);
    if (blocks.isEmpty()) {
      throw new IllegalArgumentException(name + ": no weight blocks");
    }
    if (!biases.isEmpty() && biases.size() != blocks.size()) {
      throw new IllegalArgumentException(
          name + ": " + blocks.size() + " blocks but " + biases.size() + " biases");
    }
    for (int i = 0; i < blocks.size(); i++) {
      checkBlock(name, format, blocks.get(0), blocks.get(i));
      if (!biases.isEmpty()) {
        checkBias(name, blocks.get(i), biases.get(i));
      }
    }
  }

  private static void checkBias(String name, Tensor block, Tensor bias) {
    boolean fits = bias.shape().rank() == 1 && bias.numRows() == block.numRows();
    if (!fits || !bias.dtype().isFloat()) {
      throw new IllegalArgumentException(name + ": bias " + bias + " does not fit weight " + block);
    }
  }

  private static void checkBlock(String name, WeightFormat format, Tensor first, Tensor block) {
    if (block.shape().rank() != 2 || block.rowLength() != first.rowLength()) {
      throw new IllegalArgumentException(name + ": block " + block + " beside " + first);
    }
    if (block.dtype() != format.storage()) {
      throw new IllegalArgumentException(name + ": block " + block + " is not " + format);
    }
  }

  public int inFeatures() {
    return blocks.get(0).rowLength();
  }

  public int outFeatures() {
    return blocks.stream().mapToInt(Tensor::numRows).sum();
  }
}
