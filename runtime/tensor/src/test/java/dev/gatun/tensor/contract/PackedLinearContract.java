package dev.gatun.tensor.contract;

import static dev.gatun.tensor.contract.Fixture.pick;
import static dev.gatun.tensor.contract.Fixture.uniform;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.InputRounding;
import dev.gatun.tensor.LinearSource;
import dev.gatun.tensor.LinearWeight;
import dev.gatun.tensor.Op;
import dev.gatun.tensor.PackedLayout;
import dev.gatun.tensor.RoundedBlock;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.WeightBlock;
import dev.gatun.tensor.WeightFormat;
import dev.gatun.tensor.contract.Fixture.Strided;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * linear over quantised weights, in every layout that checkpoints use.
 *
 * <p>A backend may round the inputs of these formats to 8 bits, in groups of columns of its own
 * choice, always or where the checkpoint was made for it: each input is then off by up to 1/254 of
 * the largest in its group. Inputs that are all +a or -a survive that unchanged, which is how the
 * weights themselves are checked to the last bit.
 */
interface PackedLinearContract extends BackendCase {
  /** Rows of x: decode, small batches, and more than a kernel's tile or block. */
  List<Integer> PACKED_ROWS = List.of(1, 2, 7, 37);

  /** {inFeatures, outFeatures} that word packing allows in both directions. */
  List<int[]> EVEN_SIZES =
      List.of(new int[] {8, 8}, new int[] {40, 24}, new int[] {160, 72}, new int[] {264, 136});

  /** Tiny, odd, and more than one panel of features and chunk of columns. */
  List<int[]> ODD_SIZES =
      List.of(
          new int[] {1, 1},
          new int[] {31, 7},
          new int[] {65, 67},
          new int[] {172, 33},
          new int[] {300, 70});

  /** Every layout with its bits, group sizes and types of scales; 0 stands for a whole row. */
  private static List<PackedWeights.Form> forms(int in) {
    List<PackedWeights.Form> forms = new ArrayList<>();
    for (int groupSize : new int[] {32, 64, 128, 0}) {
      int size = groupSize == 0 ? in : groupSize;
      for (DType scales : Fixture.storageTypes()) {
        if (in % 8 == 0) {
          forms.add(form(PackedLayout.AWQ, WeightFormat.INT4, scales, in, size, false));
          forms.add(form(PackedLayout.GPTQ, WeightFormat.INT4, scales, in, size, false));
          forms.add(form(PackedLayout.GPTQ, WeightFormat.INT4, scales, in, size, true));
        } else {
          forms.add(form(PackedLayout.ROWS, WeightFormat.INT4, scales, in, size, false));
          forms.add(form(PackedLayout.ROWS, WeightFormat.INT8, scales, in, size, false));
          forms.add(form(PackedLayout.BYTES, WeightFormat.INT8, scales, in, size, false));
          forms.add(
              new PackedWeights.Form(
                  PackedLayout.BYTES,
                  WeightFormat.INT8,
                  scales,
                  in,
                  size,
                  false,
                  InputRounding.INT8));
        }
      }
    }
    return forms;
  }

  private static PackedWeights.Form form(
      PackedLayout layout,
      WeightFormat format,
      DType scales,
      int in,
      int groupSize,
      boolean isShuffled) {
    return new PackedWeights.Form(
        layout, format, scales, in, groupSize, isShuffled, InputRounding.NONE);
  }

  @Test
  default void packedLinearMatchesNaiveInEveryLayout() {
    for (int[] size : EVEN_SIZES) {
      forms(size[0]).forEach(form -> packedCases(form, size[1]));
    }
    for (int[] size : ODD_SIZES) {
      forms(size[0]).forEach(form -> packedCases(form, size[1]));
    }
  }

  private void packedCases(PackedWeights.Form form, int outFeatures) {
    if (on().backend().supports(Op.LINEAR, form.format())) {
      for (int rows : PACKED_ROWS) {
        packedCase(form, rows, List.of(outFeatures), false);
      }
    }
  }

  @Test
  default void packedLinearStacksRowBlocksAndAddsBias() {
    for (int in : new int[] {72, 75}) {
      for (PackedWeights.Form form : forms(in)) {
        if (on().backend().supports(Op.LINEAR, form.format())) {
          packedCase(form, 3, List.of(40, 8, 16), true);
          packedCase(form, 19, List.of(24, 48), true);
        }
      }
    }
  }

  /** Plain weights that are rounded while they are placed, to the integers that Java finds. */
  @Test
  default void roundedLinearMatchesItsDefinition() {
    for (WeightFormat format : List.of(WeightFormat.INT8, WeightFormat.INT4)) {
      for (DType dtype : Fixture.storageTypes()) {
        for (int[] size : ODD_SIZES) {
          if (on().backend().supports(Op.LINEAR, format)) {
            roundedCase(format, dtype, size[0], size[1]);
          }
        }
      }
    }
  }

  private void roundedCase(WeightFormat format, DType dtype, int in, int out) {
    String label = "linear of %s rounded to %s [%d, %d]".formatted(dtype, format, in, out);
    Random random = on().random(label);
    List<WeightBlock> blocks = new ArrayList<>();
    List<float[][]> weights = new ArrayList<>();
    for (int rows : new int[] {out, 5}) {
      float[][] plain = uniform(random, dtype, rows, in);
      plain[0] = new float[in];
      RoundedBlock block = new RoundedBlock(Fixture.hostMatrix(dtype, plain), format);
      float[][] rounded = new float[rows][in];
      for (int row = 0; row < rows; row++) {
        block.readRow(row, rounded[row]);
      }
      blocks.add(block);
      weights.add(rounded);
    }
    LinearSource source = new LinearSource("weight", blocks, List.of());
    assertThat(on().backend().placementBytes(source)).isNotNegative();
    LinearWeight weight = on().backend().placeLinear(source);
    for (DType activation : on().activationTypes()) {
      for (int rows : PACKED_ROWS) {
        compare(label, activation, signs(random, rows, in), weight, weights, List.of(), 0);
      }
    }
  }

  private static float[][] signs(Random random, int rows, int columns) {
    float[][] signs = uniform(random, DType.F32, rows, columns);
    for (float[] row : signs) {
      for (int i = 0; i < columns; i++) {
        row[i] = Math.copySign(0.75f, row[i]);
      }
    }
    return signs;
  }

  private void packedCase(
      PackedWeights.Form form, int rows, List<Integer> blockRows, boolean hasBias) {
    String label = "linear %s, %d rows, %s, bias %b".formatted(form, rows, blockRows, hasBias);
    Random random = on().random(label);
    List<WeightBlock> blocks = new ArrayList<>();
    List<float[][]> weights = new ArrayList<>();
    List<Tensor> biases = new ArrayList<>();
    List<float[]> biasValues = new ArrayList<>();
    for (int out : blockRows) {
      PackedWeights made = PackedWeights.random(random, form, out);
      blocks.add(made.block());
      weights.add(made.weights());
      if (hasBias) {
        float[] bias = uniform(random, DType.F16, out);
        biases.add(Fixture.hostVector(DType.F16, bias));
        biasValues.add(bias);
      }
    }
    LinearWeight weight = on().backend().placeLinear(new LinearSource("weight", blocks, biases));
    assertThat(weight.format()).as(label).isEqualTo(form.format());
    boolean roundsInputs = on().roundsInputs() || form.inputs() == InputRounding.INT8;
    double inputError = roundsInputs ? 1 / 254.0 : 0;
    for (DType activation : on().activationTypes()) {
      float[][] signs = signs(random, rows, form.inFeatures());
      compare(label + ", signs", activation, signs, weight, weights, biasValues, 0);
      float[][] x = uniform(random, activation, rows, form.inFeatures());
      compare(label, activation, x, weight, weights, biasValues, inputError);
    }
  }

  /** In double; see LinearContract. inputError is the largest error of an input, below 1. */
  private void compare(
      String label,
      DType activation,
      float[][] x,
      LinearWeight weight,
      List<float[][]> blocks,
      List<float[]> biases,
      double inputError) {
    int out = weight.outFeatures();
    double[][] expected = new double[x.length][out];
    double[][] error = new double[x.length][out];
    for (int row = 0; row < x.length; row++) {
      int column = 0;
      for (int b = 0; b < blocks.size(); b++) {
        for (int feature = 0; feature < blocks.get(b).length; feature++) {
          double sum = biases.isEmpty() ? 0 : biases.get(b)[feature];
          double magnitude = Math.abs(sum);
          double weightSum = 0;
          for (int i = 0; i < x[row].length; i++) {
            double w = blocks.get(b)[feature][i];
            sum += x[row][i] * w;
            magnitude += Math.abs(x[row][i] * w);
            weightSum += Math.abs(w);
          }
          expected[row][column] = sum;
          error[row][column] =
              (x[row].length + 4) * Rounding.F32_ROUNDOFF * magnitude + inputError * weightSum;
          column++;
        }
      }
    }
    String name = label + " on " + activation;
    Strided result = on().stridedPoison(activation, x.length, out);
    on().ops().linear(result.view(), on().strided(activation, x).view(), weight);
    Check.close(name, activation, on().read(result.view()), expected, error);
    Check.paddingIsUntouched(name, on().read(result.all()));
  }

  @Test
  default void packedLinearRowsAreIndependent() {
    for (int in : new int[] {296, 301}) {
      for (PackedWeights.Form form : forms(in)) {
        if (!on().backend().supports(Op.LINEAR, form.format())) {
          continue;
        }
        on().activationTypes().forEach(activation -> independentRowsCase(form, activation));
      }
    }
  }

  private void independentRowsCase(PackedWeights.Form form, DType activation) {
    String label = "linear rows " + form + " on " + activation;
    Random random = on().random(label);
    float[][] x = uniform(random, activation, 23, form.inFeatures());
    WeightBlock block = PackedWeights.random(random, form, 72).block();
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

  /** A row of zeros is zeros, and one with an infinity or NaN harms no other row. */
  @Test
  default void packedLinearKeepsBadRowsToThemselves() {
    PackedWeights.Form form = form(PackedLayout.ROWS, WeightFormat.INT8, DType.F16, 40, 32, false);
    if (!on().backend().supports(Op.LINEAR, form.format())) {
      return;
    }
    Random random = on().random("linear bad rows");
    WeightBlock block = PackedWeights.random(random, form, 5).block();
    LinearWeight weight =
        on().backend().placeLinear(new LinearSource("weight", List.of(block), List.of()));
    float[][] x = uniform(random, DType.F32, 4, 40);
    x[1] = new float[40];
    Tensor good = on().poisoned(DType.F32, 4, 5);
    on().ops().linear(good, on().matrix(DType.F32, x), weight);
    float[][] expected = on().read(good);
    x[2][3] = Float.NaN;
    x[3][39] = Float.POSITIVE_INFINITY;

    Tensor out = on().poisoned(DType.F32, 4, 5);
    on().ops().linear(out, on().matrix(DType.F32, x), weight);

    float[][] actual = on().read(out);
    Check.sameBits("good rows", pick(actual, 0, 1), pick(expected, 0, 1));
    assertThat(actual[1]).containsOnly(0f);
    for (int o = 0; o < 5; o++) {
      assertThat(Float.isFinite(actual[2][o])).as("NaN at %d", o).isFalse();
      assertThat(Float.isFinite(actual[3][o])).as("infinity at %d", o).isFalse();
    }
  }
}
