package dev.gatun.tensor.contract;

import static dev.gatun.tensor.contract.Fixture.pick;
import static dev.gatun.tensor.contract.Fixture.uniform;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.E4m3;
import dev.gatun.tensor.LinearSource;
import dev.gatun.tensor.LinearWeight;
import dev.gatun.tensor.Op;
import dev.gatun.tensor.RoundedFp8Block;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.StoredFp8Block;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.WeightBlock;
import dev.gatun.tensor.WeightFormat;
import dev.gatun.tensor.contract.Fixture.Strided;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * linear over weights in 8-bit floats, with every kind of scales.
 *
 * <p>A backend may round inputs in BF16 to 8-bit floats, too, by the largest of a group of columns
 * of its own choice. As in {@link PackedLinearContract} inputs that are all +a or -a survive that.
 */
interface Fp8LinearContract extends BackendCase {
  List<Integer> FP8_ROWS = List.of(1, 7, 37);

  /** {inFeatures, outFeatures}. */
  List<int[]> FP8_SIZES =
      List.of(
          new int[] {1, 1},
          new int[] {31, 7},
          new int[] {64, 67},
          new int[] {172, 33},
          new int[] {300, 140});

  /** {rows, columns} that share a scale; 0 for all. */
  List<int[]> SCALE_BLOCKS =
      List.of(new int[] {0, 0}, new int[] {1, 0}, new int[] {128, 128}, new int[] {3, 32});

  /** Any numbers but NaN, subnormal ones among them. */
  private static WeightBlock stored(Random random, int out, int in, int[] scaleBlock) {
    Tensor weight = Tensor.onHost(DType.F8_E4M3, Shape.of(out, in));
    for (long i = 0; i < (long) out * in; i++) {
      int bits = random.nextInt(127) | random.nextInt(2) << 7;
      weight.data().set(ValueLayout.JAVA_BYTE, i, (byte) bits);
    }
    int rows = scaleBlock[0] == 0 ? out : scaleBlock[0];
    int columns = scaleBlock[1] == 0 ? in : scaleBlock[1];
    int numRows = Math.ceilDiv(out, rows);
    int numColumns = Math.ceilDiv(in, columns);
    Tensor scales = Tensor.onHost(DType.F32, Shape.of(numRows, numColumns));
    for (int row = 0; row < numRows; row++) {
      for (int column = 0; column < numColumns; column++) {
        scales.setFloat(row, column, (1 + random.nextFloat()) / 1000);
      }
    }
    return new StoredFp8Block(weight, scales, rows, columns);
  }

  private boolean isSupported() {
    return on().backend().supports(Op.LINEAR, WeightFormat.FP8);
  }

  @Test
  default void fp8LinearMatchesNaiveWithEveryKindOfScales() {
    for (int[] size : FP8_SIZES) {
      for (int[] scaleBlock : SCALE_BLOCKS) {
        Random random = on().random("fp8 " + size[0] + " " + scaleBlock[0]);
        if (isSupported()) {
          compare(random, List.of(stored(random, size[1], size[0], scaleBlock)), false);
        }
      }
    }
  }

  @Test
  default void fp8LinearStacksRowBlocksAndAddsBias() {
    for (int[] scaleBlock : SCALE_BLOCKS) {
      Random random = on().random("fp8 blocks " + scaleBlock[0]);
      List<WeightBlock> blocks = new ArrayList<>();
      for (int out : new int[] {40, 8, 17}) {
        blocks.add(stored(random, out, 75, scaleBlock));
      }
      if (isSupported()) {
        compare(random, blocks, true);
      }
    }
  }

  @Test
  default void linearRoundedToFp8MatchesItsDefinition() {
    for (DType dtype : Fixture.storageTypes()) {
      for (int[] size : FP8_SIZES) {
        Random random = on().random("rounded to fp8 " + dtype + size[0]);
        float[][] plain = uniform(random, dtype, size[1], size[0]);
        plain[0] = new float[size[0]];
        if (isSupported()) {
          compare(random, List.of(new RoundedFp8Block(Fixture.hostMatrix(dtype, plain))), false);
        }
      }
    }
  }

  private void compare(Random random, List<WeightBlock> blocks, boolean hasBias) {
    int in = blocks.get(0).inFeatures();
    List<float[]> weights = new ArrayList<>();
    List<Tensor> biases = new ArrayList<>();
    List<Float> biasValues = new ArrayList<>();
    for (WeightBlock block : blocks) {
      float[] bias = uniform(random, DType.F16, block.outFeatures());
      if (hasBias) {
        biases.add(Fixture.hostVector(DType.F16, bias));
      }
      for (int feature = 0; feature < block.outFeatures(); feature++) {
        float[] row = new float[in];
        block.readRow(feature, row);
        weights.add(row);
        biasValues.add(hasBias ? bias[feature] : 0f);
      }
    }
    LinearSource source = new LinearSource("weight", blocks, biases);
    assertThat(on().backend().placementBytes(source)).isNotNegative();
    LinearWeight weight = on().backend().placeLinear(source);
    assertThat(weight.format()).isEqualTo(WeightFormat.FP8);
    for (DType activation : on().activationTypes()) {
      for (int rows : FP8_ROWS) {
        String label = "linear %s on %s, %d rows".formatted(blocks, activation, rows);
        float[][] signs = uniform(random, DType.F32, rows, in);
        for (float[] row : signs) {
          for (int i = 0; i < in; i++) {
            row[i] = Math.copySign(0.75f, row[i]);
          }
        }
        close(label + ", signs", activation, signs, weight, weights, biasValues, false);
        float[][] x = uniform(random, activation, rows, in);
        close(label, activation, x, weight, weights, biasValues, activation == DType.BF16);
      }
    }
  }

  /** In double; a rounded input is off by half a step of 3 bits, or of the lowest binade. */
  private void close(
      String label,
      DType activation,
      float[][] x,
      LinearWeight weight,
      List<float[]> weights,
      List<Float> biases,
      boolean mayRoundInputs) {
    int out = weight.outFeatures();
    double[][] expected = new double[x.length][out];
    double[][] error = new double[x.length][out];
    double perProduct =
        (x[0].length + 4) * Rounding.F32_ROUNDOFF
            + on().fp8WeightRoundoff()
            + on().inputRoundoff(WeightFormat.BF16);
    for (int row = 0; row < x.length; row++) {
      for (int feature = 0; feature < out; feature++) {
        double sum = biases.get(feature);
        double bound = Math.abs(sum) * Rounding.F32_ROUNDOFF;
        for (int i = 0; i < x[row].length; i++) {
          double w = weights.get(feature)[i];
          double product = x[row][i] * w;
          sum += product;
          bound += perProduct * Math.abs(product);
          if (mayRoundInputs) {
            bound += Math.abs(product) / 16 + Math.abs(w) * 0x1p-10 / E4m3.MAX;
          }
        }
        expected[row][feature] = sum;
        error[row][feature] = bound;
      }
    }
    Strided result = on().stridedPoison(activation, x.length, out);
    on().ops().linear(result.view(), on().strided(activation, x).view(), weight);
    Check.close(label, activation, on().read(result.view()), expected, error);
    Check.paddingIsUntouched(label, on().read(result.all()));
  }

  @Test
  default void fp8LinearRowsAreIndependent() {
    for (int[] scaleBlock : SCALE_BLOCKS) {
      for (DType activation : on().activationTypes()) {
        String label = "fp8 rows %d %s".formatted(scaleBlock[0], activation);
        Random random = on().random(label);
        WeightBlock block = stored(random, 72, 301, scaleBlock);
        float[][] x = uniform(random, activation, 23, 301);
        if (!isSupported()) {
          return;
        }
        LinearWeight weight =
            on().backend().placeLinear(new LinearSource("weight", List.of(block), List.of()));
        Check.rowsAreIndependent(
            label,
            x.length,
            rows -> {
              Tensor out = on().poisoned(activation, rows.length, 72);
              on().ops().linear(out, on().matrix(activation, pick(x, rows)), weight);
              return on().read(out);
            });
      }
    }
  }
}
