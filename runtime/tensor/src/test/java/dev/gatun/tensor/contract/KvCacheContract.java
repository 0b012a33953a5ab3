package dev.gatun.tensor.contract;

import static dev.gatun.tensor.contract.Fixture.uniform;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.gatun.tensor.AttentionBatch;
import dev.gatun.tensor.AttentionParams;
import dev.gatun.tensor.BatchLimits;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.KvLayer;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** storeKv, copyBlocks and swapBlock. */
interface KvCacheContract extends BackendCase {
  int NUM_BLOCKS = 6;

  @Test
  default void storeKvWritesRoundedRowsToTheirSlotsOnly() {
    for (DType dtype : on().floatCacheTypes()) {
      for (DType activation : on().activationTypes()) {
        for (int blockSize : new int[] {1, 4, 16}) {
          for (int headDim : new int[] {8, 20, 64}) {
            storeCase(dtype, activation, blockSize, 2, headDim);
            storeCase(dtype, activation, blockSize, 3, headDim);
          }
        }
      }
    }
  }

  private void storeCase(
      DType dtype, DType activation, int blockSize, int numKvHeads, int headDim) {
    String label =
        "storeKv %s from %s, blocks of %d, %d x %d"
            .formatted(dtype, activation, blockSize, numKvHeads, headDim);
    int rowLength = numKvHeads * headDim;
    int[] slots = {NUM_BLOCKS * blockSize - 1, 0, blockSize + blockSize / 2, 4 * blockSize};
    Random random = on().random(label);
    float[][] k = uniform(random, activation, slots.length, rowLength);
    float[][] v = uniform(random, activation, slots.length, rowLength);
    KvLayer cache = poisonedCache(dtype, blockSize, numKvHeads, headDim);

    Tensor keys = on().strided(activation, k).view();
    Tensor values = on().strided(activation, v).view();
    on().ops().storeKv(cache, keys, values, on().ints(slots));

    Check.sameBits(label + " keys", on().read(cache.keys()), scatter(dtype, k, slots, blockSize));
    float[][] expected = scatter(dtype, v, slots, blockSize);
    Check.sameBits(label + " values", on().read(cache.values()), expected);
  }

  private KvLayer poisonedCache(DType dtype, int blockSize, int numKvHeads, int headDim) {
    return new KvLayer(
        on().poisoned(dtype, NUM_BLOCKS, blockSize, numKvHeads, headDim),
        on().poisoned(dtype, NUM_BLOCKS, blockSize, numKvHeads, headDim));
  }

  /** The cache as rows of one block each, NaN where no token was stored. */
  private static float[][] scatter(DType dtype, float[][] rows, int[] slots, int blockSize) {
    int rowLength = rows[0].length;
    float[][] blocks = new float[NUM_BLOCKS][blockSize * rowLength];
    for (float[] block : blocks) {
      Arrays.fill(block, Float.NaN);
    }
    for (int t = 0; t < rows.length; t++) {
      int at = slots[t] % blockSize * rowLength;
      for (int i = 0; i < rowLength; i++) {
        blocks[slots[t] / blockSize][at + i] = Rounding.round(dtype, rows[t][i]);
      }
    }
    return blocks;
  }

  @Test
  default void everyTypeThatIsPromisedIsACacheType() {
    assertThat(on().cacheTypes()).contains(DType.F32, DType.F16, DType.BF16, DType.I8);
    assertThat(on().cacheTypes()).allMatch(KvLayer::isCacheType);
  }

  /** What is beyond the largest number is kept as that; no infinity comes of it. */
  @Test
  default void eightBitFloatsKeepTheLargestNumber() {
    if (!on().cacheTypes().contains(DType.F8_E4M3)) {
      return;
    }
    for (DType activation : on().activationTypes()) {
      KvLayer cache = poisonedCache(DType.F8_E4M3, 4, 1, 8);
      float[][] k = {{448, 464, 500, 1e9f, -448, -464, -1e9f, 440}};
      Tensor keys = on().matrix(activation, k);

      on().ops().storeKv(cache, keys, keys, on().ints(5));

      float[] block = on().read(cache.keys())[1];
      assertThat(Arrays.copyOfRange(block, 8, 16))
          .containsExactly(448, 448, 448, 448, -448, -448, -448, 448);
    }
  }

  /** Attention to one token alone gives its values as the cache holds them. */
  @Test
  default void bytesAreNearWhatWasStoredWithAScalePerTokenAndHead() {
    for (int headDim : new int[] {8, 20, 64}) {
      Random random = on().random("bytes " + headDim);
      float[][] k = uniform(random, DType.F32, 3, 2 * headDim);
      float[][] v = uniform(random, DType.F32, 3, 2 * headDim);
      for (int i = 0; i < headDim; i++) {
        v[0][i] *= 1e-20f;
        v[1][headDim + i] = 0;
        v[2][i] *= 1e20f;
      }
      KvLayer cache = poisonedCache(DType.I8, 4, 2, KvLayer.headWidth(DType.I8, headDim));
      AttentionBatch batch = on().backend().newBatch(new BatchLimits(3, 3, 1, 1));
      batch.clear();
      for (int t = 0; t < 3; t++) {
        batch.beginSequence(1);
        batch.addBlock(t + 1);
        batch.addToken(0, 0, 4 * (t + 1));
      }
      on().backend().upload(batch);
      Tensor out = on().matrix(DType.F32, new float[3][2 * headDim]);

      Tensor keys = on().matrix(DType.F32, k);
      on().ops().storeKv(cache, keys, on().matrix(DType.F32, v), on().ints(4, 8, 12));
      on().ops().pagedAttention(out, keys, cache, batch, AttentionParams.causal(2, 1));

      float[][] actual = on().read(out);
      for (int t = 0; t < 3; t++) {
        for (int head = 0; head < 2; head++) {
          float[] expected = Arrays.copyOfRange(v[t], head * headDim, (head + 1) * headDim);
          float[] kept = Arrays.copyOfRange(actual[t], head * headDim, (head + 1) * headDim);
          float largest = 0;
          for (float x : expected) {
            largest = Math.max(largest, Math.abs(x));
          }
          assertThat(kept).containsExactly(expected, within(0.5001f * largest / 127));
        }
      }
    }
  }

  @Test
  default void storeKvAcceptsNoTokens() {
    KvLayer cache = poisonedCache(DType.F32, 4, 1, 8);
    Tensor none = on().poisoned(DType.F32, 1, 8).rows(0, 0);

    on().ops().storeKv(cache, none, none, on().ints(-1));

    for (float[] block : on().read(cache.keys())) {
      assertThat(block).containsOnly(Float.NaN);
    }
  }

  @Test
  default void copyBlocksCopiesKeysAndValuesOfEveryLayer() {
    for (DType dtype : on().floatCacheTypes()) {
      Random random = on().random("copyBlocks " + dtype);
      float[][][] before = new float[4][][];
      for (int i = 0; i < before.length; i++) {
        before[i] = uniform(random, dtype, NUM_BLOCKS, 4 * 2 * 8);
      }
      List<KvLayer> layers =
          List.of(cache(dtype, before[0], before[1]), cache(dtype, before[2], before[3]));

      on().ops().copyBlocks(layers, new int[] {1, 5, 1, 0}, new int[] {2, 0, 4, 3}, 3);

      for (int i = 0; i < before.length; i++) {
        KvLayer layer = layers.get(i / 2);
        Tensor tensor = i % 2 == 0 ? layer.keys() : layer.values();
        float[][] expected = Fixture.pick(before[i], 5, 1, 1, 3, 1, 5);
        Check.sameBits("copyBlocks " + dtype + " " + i, on().read(tensor), expected);
      }
    }
  }

  @Test
  default void swapBlockBringsABlockBackAsItWas() {
    for (DType dtype : on().floatCacheTypes()) {
      Random random = on().random("swapBlock " + dtype);
      float[][] keys = uniform(random, dtype, NUM_BLOCKS, 4 * 2 * 8);
      float[][] values = uniform(random, dtype, NUM_BLOCKS, 4 * 2 * 8);
      KvLayer layer = cache(dtype, keys, values);
      Shape shape = Shape.of(2, 4, 2, 8);
      KvLayer host =
          new KvLayer(
              on().backend().allocateHost(dtype, shape, "keys"),
              on().backend().allocateHost(dtype, shape, "values"));

      on().ops().swapBlock(layer, 3, host, 1);
      on().ops().swapBlock(layer, 0, layer, 3);
      on().ops().swapBlock(host, 1, layer, 5);
      on().ops().swapBlock(host, 0, layer, 2);

      for (Tensor tensor : List.of(layer.keys(), layer.values())) {
        float[][] before = tensor == layer.keys() ? keys : values;
        float[][] expected = Fixture.pick(before, 0, 1, 2, 0, 4, 3);
        expected[2] = new float[4 * 2 * 8];
        Check.sameBits("swapBlock " + dtype, on().read(tensor), expected);
      }
    }
  }

  private KvLayer cache(DType dtype, float[][] keys, float[][] values) {
    return new KvLayer(blocks(dtype, keys), blocks(dtype, values));
  }

  private Tensor blocks(DType dtype, float[][] values) {
    return on().matrix(dtype, values).reshape(Shape.of(NUM_BLOCKS, 4, 2, 8));
  }

  @Test
  default void copyBlocksOfNoneChangesNothing() {
    float[][] values = uniform(on().random("copy none"), DType.F32, NUM_BLOCKS, 4 * 2 * 8);
    KvLayer layer = cache(DType.F32, values, values);

    on().ops().copyBlocks(List.of(layer), new int[] {1}, new int[] {2}, 0);

    Check.sameBits("keys", on().read(layer.keys()), values);
  }
}
