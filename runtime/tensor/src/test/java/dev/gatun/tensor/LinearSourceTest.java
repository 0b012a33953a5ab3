package dev.gatun.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class LinearSourceTest {
  private static Tensor tensor(DType dtype, long... dims) {
    Shape shape = Shape.of(dims);
    return Tensor.of(dtype, shape, Arena.ofAuto().allocate(shape.numElements() * dtype.bytes()));
  }

  private static LinearSource source(List<Tensor> blocks, List<Tensor> biases) {
    return LinearSource.plain("layers.3.qkv", blocks, biases);
  }

  @Test
  void blocksAreStackedTopToBottom() {
    List<Tensor> blocks = new ArrayList<>();
    blocks.add(tensor(DType.BF16, 8, 4));
    blocks.add(tensor(DType.BF16, 2, 4));

    LinearSource source = source(blocks, List.of(tensor(DType.F32, 8), tensor(DType.BF16, 2)));
    blocks.clear();

    assertThat(source.inFeatures()).isEqualTo(4);
    assertThat(source.outFeatures()).isEqualTo(10);
    assertThat(source.blocks()).hasSize(2);
  }

  @Test
  void blocksMustShareInFeaturesAndFormat() {
    Tensor first = tensor(DType.BF16, 8, 4);

    refused(List.of(), List.of(), "no weight blocks");
    refused(List.of(first, tensor(DType.BF16, 2, 5)), List.of(), "BF16[2, 5] beside BF16[8, 4]");
    refused(List.of(tensor(DType.BF16, 8)), List.of(), "BF16[8]");
    refused(List.of(first, tensor(DType.F16, 8, 4)), List.of(), "F16[8, 4] beside BF16[8, 4]");
  }

  @Test
  void biasesMustFitTheirBlocks() {
    Tensor block = tensor(DType.BF16, 8, 4);

    refused(List.of(block, block), List.of(tensor(DType.F32, 8)), "2 blocks but 1 biases");
    refused(List.of(block), List.of(tensor(DType.F32, 4)), "bias F32[4]");
    refused(List.of(block), List.of(tensor(DType.F32, 8, 1)), "bias F32[8, 1]");
    refused(List.of(block), List.of(tensor(DType.I32, 8)), "bias I32[8]");
  }

  private static void refused(List<Tensor> blocks, List<Tensor> biases, String words) {
    assertThatThrownBy(() -> source(blocks, biases))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("layers.3.qkv")
        .hasMessageContaining(words);
  }

  @Test
  void plainFormatsAreTheFloats() {
    assertThat(WeightFormat.plain(DType.BF16)).isEqualTo(WeightFormat.BF16);
    assertThat(WeightFormat.plain(DType.F16).storage()).isEqualTo(DType.F16);
    assertThatThrownBy(() -> WeightFormat.plain(DType.I8))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("I8");
  }

  @Test
  void kvLayerNeedsTwoTensorsOfOneShapeAndType() {
    Tensor keys = tensor(DType.F32, 5, 4, 2, 8);

    KvLayer layer = new KvLayer(keys, tensor(DType.F32, 5, 4, 2, 8));
    assertThat(layer.numBlocks()).isEqualTo(5);
    assertThat(layer.blockSize()).isEqualTo(4);
    assertThat(layer.numKvHeads()).isEqualTo(2);
    assertThat(layer.headDim()).isEqualTo(8);

    for (Tensor values :
        List.of(
            tensor(DType.F32, 5, 4, 2, 9), tensor(DType.BF16, 5, 4, 2, 8), tensor(DType.F32, 1))) {
      assertThatThrownBy(() -> new KvLayer(keys, values))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> new KvLayer(tensor(DType.F32, 5, 8), tensor(DType.F32, 5, 8)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void attentionParamsHaveBounds() {
    assertThat(new AttentionParams(1, 1, 0, 0, null)).isEqualTo(AttentionParams.causal(1, 1));
    assertThatThrownBy(() -> new AttentionParams(0, 1, 0, 0, null))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new AttentionParams(1, 1, -1, 0, null))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new AttentionParams(1, 1, 0, -1, null))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
