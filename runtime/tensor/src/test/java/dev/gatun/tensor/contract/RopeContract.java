package dev.gatun.tensor.contract;

import static dev.gatun.tensor.contract.Fixture.pick;
import static dev.gatun.tensor.contract.Fixture.uniform;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.KvLayer;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.contract.Fixture.Strided;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** rope over whole and partial heads, alone and with storeKv. */
interface RopeContract extends BackendCase {
  /** {headDim, rotaryDim}. */
  List<int[]> ROTARY =
      List.of(
          new int[] {2, 2},
          new int[] {8, 8},
          new int[] {24, 24},
          new int[] {64, 64},
          new int[] {80, 32},
          new int[] {128, 128},
          new int[] {128, 64},
          new int[] {6, 0});

  int MAX_POSITIONS = 50;

  @Test
  default void ropeRotatesHalfSplitPairs() {
    for (DType activation : on().activationTypes()) {
      for (int[] dims : ROTARY) {
        for (int numHeads : new int[] {1, 2, 5}) {
          ropeCase(activation, numHeads, dims[0], dims[1]);
        }
      }
    }
  }

  private void ropeCase(DType activation, int numHeads, int headDim, int rotaryDim) {
    String label = "rope %s %d x %d, rotary %d".formatted(activation, numHeads, headDim, rotaryDim);
    int[] positions = {0, 49, 7, 7, 23};
    Random random = on().random(label);
    float[][] heads = uniform(random, activation, positions.length * numHeads, headDim);
    float[][] cosSin = uniform(random, DType.F32, MAX_POSITIONS, rotaryDim);

    Strided packed = on().strided(activation, Layout.joinHeads(heads, numHeads));
    Tensor table = on().matrix(DType.F32, cosSin);
    on().ops().rope(packed.view(), headDim, on().ints(positions), table);

    double[][] expected = new double[heads.length][headDim];
    double[][] error = new double[heads.length][headDim];
    int half = rotaryDim / 2;
    for (int h = 0; h < heads.length; h++) {
      float[] angles = cosSin[positions[h / numHeads]];
      for (int i = 0; i < headDim; i++) {
        expected[h][i] = heads[h][i];
      }
      for (int i = 0; i < half; i++) {
        double a = heads[h][i];
        double b = heads[h][half + i];
        double cos = angles[i];
        double sin = angles[half + i];
        expected[h][i] = a * cos - b * sin;
        expected[h][half + i] = b * cos + a * sin;
        // Three float32 operations per element, fused or not.
        error[h][i] = 3 * Rounding.F32_ROUNDOFF * (Math.abs(a * cos) + Math.abs(b * sin));
        error[h][half + i] = 3 * Rounding.F32_ROUNDOFF * (Math.abs(b * cos) + Math.abs(a * sin));
      }
    }
    float[][] actual = Layout.splitHeads(on().read(packed.view()), numHeads);
    Check.close(label, activation, actual, expected, error);
    Check.paddingIsUntouched(label, on().read(packed.all()));
  }

  @Test
  default void ropeLeavesElementsBehindRotaryDimAlone() {
    Random random = on().random("rope tail");
    float[][] heads = uniform(random, DType.F32, 3, 32);
    Tensor tensor = on().matrix(DType.F32, heads);
    Tensor table = on().matrix(DType.F32, uniform(random, DType.F32, 4, 12));

    on().ops().rope(tensor, 32, on().ints(3, 1, 2), table);

    float[][] tails = Arrays.stream(heads).map(RopeContract::tail).toArray(float[][]::new);
    float[][] actual =
        Arrays.stream(on().read(tensor)).map(RopeContract::tail).toArray(float[][]::new);
    Check.sameBits("tail", actual, tails);
  }

  private static float[] tail(float[] head) {
    return Arrays.copyOfRange(head, 12, head.length);
  }

  @Test
  default void ropeRowsAreIndependent() {
    Random random = on().random("rope rows");
    float[][] heads = uniform(random, DType.F32, 6, 3 * 16);
    int[] positions = {4, 0, 9, 9, 1, 7};
    Tensor table = on().matrix(DType.F32, uniform(random, DType.F32, 10, 16));
    Check.rowsAreIndependent(
        "rope",
        6,
        rows -> {
          Tensor tensor = on().matrix(DType.F32, pick(heads, rows));
          int[] picked = Arrays.stream(rows).map(row -> positions[row]).toArray();
          on().ops().rope(tensor, 16, on().ints(picked), table);
          return on().read(tensor);
        });
  }

  /** Neighbouring columns of one matrix, as a decoder has them, and tensors of their own. */
  @Test
  default void ropeStoreKvIsRopeThenStoreKvToTheBit() {
    for (DType activation : on().activationTypes()) {
      for (DType cacheType : on().cacheTypes()) {
        for (int[] dims : ROTARY) {
          fusedCase(activation, cacheType, dims[0], dims[1], 4, 2);
          fusedCase(activation, cacheType, dims[0], dims[1], 3, 1);
        }
      }
    }
  }

  private void fusedCase(
      DType activation, DType cacheType, int headDim, int rotaryDim, int numHeads, int numKvHeads) {
    String label =
        "ropeStoreKv %s into %s, %d and %d x %d, rotary %d"
            .formatted(activation, cacheType, numHeads, numKvHeads, headDim, rotaryDim);
    Random random = on().random(label);
    int qSize = numHeads * headDim;
    int kvSize = numKvHeads * headDim;
    float[][] qkv = uniform(random, activation, 5, qSize + 2 * kvSize);
    Tensor positions = on().ints(0, 49, 7, 7, 23);
    Tensor slots = on().ints(11, 0, 6, 3, 7);
    Tensor table = on().matrix(DType.F32, uniform(random, DType.F32, MAX_POSITIONS, rotaryDim));

    Tensor apart = on().matrix(activation, qkv);
    Tensor expectedQ = apart.columns(0, qSize);
    Tensor k = apart.columns(qSize, qSize + kvSize);
    Tensor v = apart.columns(qSize + kvSize, qSize + 2L * kvSize);
    KvLayer expected = cache(cacheType, numKvHeads, headDim);
    on().ops().rope(expectedQ, headDim, positions, table);
    on().ops().rope(k, headDim, positions, table);
    on().ops().storeKv(expected, k, v, slots);

    Tensor wide = on().strided(activation, qkv).view();
    Tensor q = wide.columns(0, qSize);
    KvLayer together = cache(cacheType, numKvHeads, headDim);
    on().ops()
        .ropeStoreKv(
            together,
            q,
            wide.columns(qSize, qSize + kvSize),
            wide.columns(qSize + kvSize, qSize + 2L * kvSize),
            positions,
            table,
            slots);
    assertSame(label, q, together, expectedQ, expected);

    Tensor ownQ = on().matrix(activation, columns(qkv, 0, qSize));
    Tensor ownK = on().matrix(activation, columns(qkv, qSize, qSize + kvSize));
    Tensor ownV = on().matrix(activation, columns(qkv, qSize + kvSize, qSize + 2 * kvSize));
    KvLayer separate = cache(cacheType, numKvHeads, headDim);
    on().ops().ropeStoreKv(separate, ownQ, ownK, ownV, positions, table, slots);
    assertSame(label + ", apart", ownQ, separate, expectedQ, expected);
  }

  private KvLayer cache(DType dtype, int numKvHeads, int headDim) {
    int width = KvLayer.headWidth(dtype, headDim);
    return new KvLayer(
        on().poisoned(dtype, 3, 4, numKvHeads, width),
        on().poisoned(dtype, 3, 4, numKvHeads, width));
  }

  private void assertSame(
      String label, Tensor q, KvLayer cache, Tensor expectedQ, KvLayer expected) {
    Check.sameBits(label + " q", on().read(q), on().read(expectedQ));
    Check.sameBits(label + " keys", bits(cache.keys()), bits(expected.keys()));
    Check.sameBits(label + " values", bits(cache.values()), bits(expected.values()));
  }

  /** A cache's rows; bytes in fours as if they were float32. */
  private float[][] bits(Tensor cache) {
    return on().read(
            cache.dtype() == DType.I8
                ? Tensor.of(
                    DType.F32, Shape.of(cache.numRows(), cache.rowLength() / 4), cache.data())
                : cache);
  }

  private static float[][] columns(float[][] rows, int from, int to) {
    return Arrays.stream(rows)
        .map(row -> Arrays.copyOfRange(row, from, to))
        .toArray(float[][]::new);
  }
}
