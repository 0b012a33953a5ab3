package dev.gatun.tensor;

import java.util.ArrayList;
import java.util.List;

/**
 * A linear layer as the weight files hold it. A fused layer (qkv, gateUp) is several row blocks,
 * top to bottom, each left where the file is mapped; the backend decides whether to read them in
 * place or to copy them together.
 *
 * @param name tensor name used in messages, for example {@code layers.3.qkv}
 * @param blocks weights, each outFeaturesOfBlock x inFeatures, all of one format
 * @param biases one per block, each {@code [outFeaturesOfBlock]}, or an empty list for no bias
 */
public record LinearSource(String name, List<WeightBlock> blocks, List<Tensor> biases) {
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
      checkBlock(name, blocks.get(0), blocks.get(i));
      if (!biases.isEmpty()) {
        checkBias(name, blocks.get(i), biases.get(i));
      }
    }
  }

  /** A layer whose blocks are stored as floats, each {@code [outFeaturesOfBlock, inFeatures]}. */
  public static LinearSource plain(String name, List<Tensor> blocks, List<Tensor> biases) {
    List<WeightBlock> plain = new ArrayList<>();
    for (Tensor block : blocks) {
      if (!block.dtype().isFloat() || block.shape().rank() != 2) {
        throw new IllegalArgumentException(name + ": block " + block + " is no matrix of floats");
      }
      plain.add(new PlainBlock(block));
    }
    return new LinearSource(name, plain, biases);
  }

  private static void checkBias(String name, WeightBlock block, Tensor bias) {
    boolean fits = bias.shape().rank() == 1 && bias.numRows() == block.outFeatures();
    if (!fits || !bias.dtype().isFloat()) {
      throw new IllegalArgumentException(name + ": bias " + bias + " does not fit weight " + block);
    }
  }

  private static void checkBlock(String name, WeightBlock first, WeightBlock block) {
    if (block.inFeatures() != first.inFeatures() || block.format() != first.format()) {
      throw new IllegalArgumentException(name + ": block " + block + " beside " + first);
    }
  }

  /** How every block is held for computing. */
  public WeightFormat format() {
    return blocks.get(0).format();
  }

  /** Bytes of its weights as mapped. */
  public long mappedBytes() {
    return blocks.stream()
        .flatMap(block -> block.tensors().stream())
        .mapToLong(tensor -> tensor.data().byteSize())
        .sum();
  }

  /** Gives the mapped pages of its weights back; they come again when they are read. */
  public void releasePages() {
    for (WeightBlock block : blocks) {
      for (Tensor tensor : block.tensors()) {
        if (tensor.data().isMapped()) {
          tensor.data().unload();
        }
      }
    }
  }

  public int inFeatures() {
    return blocks.get(0).inFeatures();
  }

  public int outFeatures() {
    return blocks.stream().mapToInt(WeightBlock::outFeatures).sum();
  }
}
