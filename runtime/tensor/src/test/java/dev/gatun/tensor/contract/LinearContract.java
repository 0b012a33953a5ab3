package dev.gatun.tensor.contract;

import static dev.gatun.tensor.contract.Fixture.pick;
import static dev.gatun.tensor.contract.Fixture.uniform;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.LinearWeight;
import dev.gatun.tensor.Op;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.WeightFormat;
import dev.gatun.tensor.contract.Fixture.Strided;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** linear in every plain weight format, with fused row blocks and biases. */
interface LinearContract extends BackendCase {
  /** Rows of x: decode, small batches, and more than a kernel's tile. */
  List<Integer> ROWS = List.of(1, 2, 5, 17);

  /** {inFeatures, outFeatures}: multiples of vector widths, one off them, tiny and lopsided. */
  List<int[]> SIZES =
      List.of(
          new int[] {1, 1},
          new int[] {3, 5},
          new int[] {8, 8},
          new int[] {16, 33},
          new int[] {31, 7},
          new int[] {64, 64},
          new int[] {65, 127},
          new int[] {256, 96});

  @Test
  default void linearMatchesNaiveInEveryFormat() {
    for (WeightFormat format : supportedFormats()) {
      for (DType activation : on().activationTypes()) {
        for (int[] size : SIZES) {
          for (int rows : ROWS) {
            linearCase(format, activation, rows, size[0], new int[] {size[1]}, false);
          }
        }
      }
    }
  }

  @Test
  default void linearStacksRowBlocksAndAddsBias() {
    for (WeightFormat format : supportedFormats()) {
      for (DType activation : on().activationTypes()) {
        for (int rows : ROWS) {
          linearCase(format, activation, rows, 24, new int[] {16}, true);
          linearCase(format, activation, rows, 33, new int[] {24, 8, 8}, true);
          linearCase(format, activation, rows, 40, new int[] {1, 13}, false);
        }
      }
    }
  }

  private void linearCase(
      WeightFormat format,
      DType activation,
      int rows,
      int inFeatures,
      int[] blockRows,
      boolean hasBias) {
    String label =
        "linear %s on %s [%d, %d] %s bias %b"
            .formatted(format, activation, rows, inFeatures, Arrays.toString(blockRows), hasBias);
    Random random = on().random(label);
    float[][] x = uniform(random, activation, rows, inFeatures);
    List<float[][]> blocks = new ArrayList<>();
    List<float[]> biases = new ArrayList<>();
    for (int n : blockRows) {
      blocks.add(uniform(random, format.storage(), n, inFeatures));
      if (hasBias) {
        biases.add(uniform(random, format.storage(), n));
      }
    }
    int outFeatures = Arrays.stream(blockRows).sum();

    LinearWeight weight = on().linear(format, blocks, biases);
    Strided out = on().stridedPoison(activation, rows, outFeatures);
    on().ops().linear(out.view(), on().strided(activation, x).view(), weight);

    assertThat(List.of(weight.inFeatures(), weight.outFeatures()))
        .as(label)
        .containsExactly(inFeatures, outFeatures);
    assertThat(weight.format()).as(label).isEqualTo(format);
    double[][] expected = new double[rows][outFeatures];
    double[][] error = new double[rows][outFeatures];
    naive(x, blocks, biases, on().inputRoundoff(format), expected, error);
    Check.close(label, activation, on().read(out.view()), expected, error);
    Check.paddingIsUntouched(label, on().read(out.all()));
  }

  /** In double; a float32 sum of n terms in any order is off by n roundoffs of their magnitudes. */
  private static void naive(
      float[][] x,
      List<float[][]> blocks,
      List<float[]> biases,
      double inputRoundoff,
      double[][] expected,
      double[][] error) {
    for (int row = 0; row < x.length; row++) {
      int column = 0;
      for (int b = 0; b < blocks.size(); b++) {
        for (int feature = 0; feature < blocks.get(b).length; feature++) {
          double sum = biases.isEmpty() ? 0 : biases.get(b)[feature];
          double magnitude = Math.abs(sum);
          for (int i = 0; i < x[row].length; i++) {
            double product = (double) x[row][i] * blocks.get(b)[feature][i];
            sum += product;
            magnitude += Math.abs(product);
          }
          expected[row][column] = sum;
          error[row][column] =
              ((x[row].length + 2) * Rounding.F32_ROUNDOFF + inputRoundoff) * magnitude;
          column++;
        }
      }
    }
  }

  @Test
  default void linearRowsAreIndependent() {
    for (WeightFormat format : supportedFormats()) {
      for (DType activation : on().activationTypes()) {
        for (int[] size : new int[][] {{64, 48}, {77, 19}, {512, 130}}) {
          independentRowsCase(format, activation, 19, size[0], size[1]);
        }
      }
    }
  }

  /** More rows than one tile of any kernel has. */
  @Test
  default void linearRowsOfManyTilesAreIndependent() {
    for (DType activation : on().activationTypes()) {
      independentRowsCase(WeightFormat.BF16, activation, 140, 1100, 33);
      independentRowsCase(WeightFormat.F16, activation, 70, 300, 33);
    }
  }

  /** One column at a time, so nothing is added up: subnormals, the largest, and all digits. */
  @Test
  default void linearKeepsEveryBitOfAWeight() {
    for (DType storage : Fixture.storageTypes()) {
      Random random = on().random("weights " + storage);
      float[][] weight = uniform(random, storage, 20, 70);
      for (int i = 0; i < 20; i++) {
        weight[i][i] *= Rounding.round(storage, (float) Math.scalb(1.0, i - 16));
        weight[i][2 * i] = i % 2 == 0 ? 65504 : 0x1p-24f * (2 * i - 19);
        for (int column = 0; column < 70; column++) {
          float rounded = Rounding.round(storage, weight[i][column]);
          weight[i][column] = rounded == 0 ? 1 : rounded; // A zero's sign is nobody's affair.
        }
      }
      LinearWeight placed = on().linear(WeightFormat.plain(storage), weight);
      for (DType activation : on().activationTypes()) {
        for (int numRows : new int[] {5, 70}) {
          float[][] x = new float[numRows][70];
          float[][] expected = new float[numRows][20];
          for (int row = 0; row < numRows; row++) {
            int column = (7 * row + 3) % 70;
            x[row][column] = 1;
            for (int i = 0; i < 20; i++) {
              expected[row][i] = weight[i][column];
            }
          }
          Tensor out = on().poisoned(DType.F32, numRows, 20);
          on().ops().linear(out, on().matrix(activation, x), placed);
          String label = "weights in %s, %d rows of %s".formatted(storage, numRows, activation);
          Check.sameBits(label, on().read(out), expected);
        }
      }
    }
  }

  private void independentRowsCase(
      WeightFormat format, DType activation, int numRows, int inFeatures, int outFeatures) {
    String label =
        "linear %s on %s [%d, %d]".formatted(format, activation, inFeatures, outFeatures);
    Random random = on().random(label);
    float[][] x = uniform(random, activation, numRows, inFeatures);
    LinearWeight weight =
        on().linear(format, uniform(random, format.storage(), outFeatures, inFeatures));
    Check.rowsAreIndependent(
        label,
        x.length,
        rows -> {
          Tensor out = on().poisoned(activation, rows.length, outFeatures);
          on().ops().linear(out, on().matrix(activation, pick(x, rows)), weight);
          return on().read(out);
        });
  }

  /** Logits are F32 whatever activations are. */
  @Test
  default void linearMayWriteFloat32() {
    for (WeightFormat format : supportedFormats()) {
      for (DType activation : on().activationTypes()) {
        String label = "linear %s on %s to F32".formatted(format, activation);
        Random random = on().random(label);
        for (int rows : ROWS) {
          float[][] x = uniform(random, activation, rows, 72);
          float[][] block = uniform(random, format.storage(), 20, 72);
          Tensor out = on().poisoned(DType.F32, rows, 20);

          on().ops().linear(out, on().matrix(activation, x), on().linear(format, block));

          double[][] expected = new double[rows][20];
          double[][] error = new double[rows][20];
          double inputRoundoff = on().inputRoundoff(format);
          naive(x, Collections.singletonList(block), List.of(), inputRoundoff, expected, error);
          Check.close(label, DType.F32, on().read(out), expected, error);
        }
      }
    }
  }

  /** Large enough that a backend spreads it over threads. */
  @Test
  default void linearGivesTheSameBitsEachTime() {
    Random random = on().random("linear repeated");
    float[][] x = uniform(random, DType.F32, 8, 384);
    float[][] block = uniform(random, DType.F32, 700, 384);
    LinearWeight weight = on().linear(WeightFormat.F32, block);
    Tensor in = on().matrix(DType.F32, x);
    Tensor first = on().poisoned(DType.F32, 8, 700);
    on().ops().linear(first, in, weight);

    for (int i = 0; i < 20; i++) {
      Tensor again = on().poisoned(DType.F32, 8, 700);
      on().ops().linear(again, in, weight);
      Check.sameBits("repetition " + i, on().read(again), on().read(first));
    }
  }

  @Test
  default void linearAcceptsNoRows() {
    float[][] block = {{1, 2}};
    LinearWeight weight = on().linear(WeightFormat.F32, block);
    Tensor out = on().poisoned(DType.F32, 1, 1);

    on().ops().linear(out.rows(0, 0), on().poisoned(DType.F32, 1, 2).rows(0, 0), weight);

    Check.sameBits("untouched", on().read(out), new float[][] {{Float.NaN}});
  }

  private List<WeightFormat> supportedFormats() {
    return Arrays.stream(WeightFormat.values())
        .filter(WeightFormat::isPlain)
        .filter(format -> on().backend().supports(Op.LINEAR, format))
        .toList();
  }
}
