package dev.gatun.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatun.model.directory.ModelDirectory;
import dev.gatun.model.golden.TestModels;
import dev.gatun.tensor.BackendOptions;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.KvLayer;
import dev.gatun.tensor.reference.ReferenceBackend;
import java.util.List;
import org.junit.jupiter.api.Test;

final class KvCacheShapeTest {
  @Test
  void blockHoldsKeysAndValuesOfEveryLayer() {
    KvCacheShape shape = new KvCacheShape(3, 16, 2, 32, DType.BF16);

    assertThat(shape.bytesPerBlock()).isEqualTo(3 * 2 * 16 * 2 * 32 * 2);
    assertThat(shape.bytes(10)).isEqualTo(10 * shape.bytesPerBlock());
    assertThat(shape.numBlocksIn(shape.bytes(10))).isEqualTo(10);
    assertThat(shape.numBlocksIn(shape.bytes(10) - 1)).isEqualTo(9);
    assertThat(shape.numBlocksIn(0)).isZero();
  }

  @Test
  void headsInBytesHaveAScaleEach() {
    KvCacheShape shape = new KvCacheShape(3, 16, 2, 32, DType.I8);

    assertThat(shape.bytesPerBlock()).isEqualTo(3 * 2 * 16 * 2 * (32 + 4));
    assertThat(new KvCacheShape(3, 16, 2, 32, DType.F32).bytesPerBlock())
        .isEqualTo(3 * 2 * 16 * 2 * 32 * 4);
  }

  @Test
  void bytesDoNotOverflowAnInt() {
    KvCacheShape shape = new KvCacheShape(80, 16, 8, 128, DType.BF16);

    assertThat(shape.bytes(1_000_000)).isEqualTo(5_242_880L * 1_000_000);
  }

  @Test
  void comesFromTheModel() {
    try (ModelDirectory model = ModelDirectory.open(TestModels.path("tiny-qwen3"))) {
      assertThat(KvCacheShape.of(model.spec(), 16, DType.F32))
          .isEqualTo(new KvCacheShape(3, 16, 2, 32, DType.F32));
    }
  }

  @Test
  void allocatesExactlyItsBytes() {
    KvCacheShape shape = new KvCacheShape(2, 4, 3, 8, DType.F16);
    try (ObservedBackend backend =
        new ObservedBackend(new ReferenceBackend(BackendOptions.defaults()))) {
      List<KvLayer> layers = KvCacheTensors.allocate(backend, shape, 5);

      assertThat(backend.allocatedBytes()).isEqualTo(shape.bytes(5));
      assertThat(layers).hasSize(2);
      assertThat(layers.get(1).numBlocks()).isEqualTo(5);
      assertThat(layers.get(1).blockSize()).isEqualTo(4);
      assertThat(layers.get(1).numKvHeads()).isEqualTo(3);
      assertThat(layers.get(1).headDim()).isEqualTo(8);
      assertThat(layers.get(1).values().dtype()).isEqualTo(DType.F16);
    }
  }

  @Test
  void refusesDimensionsBelowOneAndTypesThatNoCacheHas() {
    assertThatThrownBy(() -> new KvCacheShape(0, 16, 2, 32, DType.F32))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new KvCacheShape(1, 16, 2, 32, DType.I16))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("I16");
  }
}
