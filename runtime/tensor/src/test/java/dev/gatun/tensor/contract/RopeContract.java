package dev.gatun.tensor.contract;

import static dev.gatun.tensor.contract.Fixture.pick;
import static dev.gatun.tensor.contract.Fixture.uniform;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.contract.Fixture.Strided;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** rope over whole and partial heads. */
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
}
