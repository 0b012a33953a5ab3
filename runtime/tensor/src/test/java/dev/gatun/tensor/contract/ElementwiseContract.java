package dev.gatun.tensor.contract;

import static dev.gatun.tensor.contract.Fixture.pick;
import static dev.gatun.tensor.contract.Fixture.uniform;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.tensor.Activation;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.contract.Fixture.Strided;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** activation, gatedActivation and add. */
interface ElementwiseContract extends BackendCase {
  List<Integer> WIDTHS = List.of(1, 5, 8, 64, 131);

  /** Roundoffs of |x| that a float32 activation may lose; exp and tanh are good to a few each. */
  int ACTIVATION_ROUNDOFFS = 16;

  @Test
  default void activationMatchesNaive() {
    for (Activation function : Activation.values()) {
      for (DType activation : on().activationTypes()) {
        for (int width : WIDTHS) {
          String label = "activation " + function + " " + activation + " " + width;
          float[][] x = spread(on().random(label), activation, 4, width);

          Strided out = on().stridedPoison(activation, 4, width);
          on().ops().activation(out.view(), on().strided(activation, x).view(), function);

          double[][] expected = new double[4][width];
          double[][] error = new double[4][width];
          for (int row = 0; row < 4; row++) {
            for (int i = 0; i < width; i++) {
              expected[row][i] = NaiveActivations.apply(function, x[row][i]);
              error[row][i] = activationError(x[row][i]);
            }
          }
          Check.close(label, activation, on().read(out.view()), expected, error);
          Check.paddingIsUntouched(label, on().read(out.all()));
        }
      }
    }
  }

  @Test
  default void activationSurvivesLargeInputs() {
    float[] x = {-1e4f, -200, -100, -20, 0, 20, 100, 200, 1e4f};
    for (Activation function : Activation.values()) {
      Tensor tensor = on().matrix(DType.F32, new float[][] {x});

      on().ops().activation(tensor, tensor, function);

      double[][] expected = new double[1][x.length];
      double[][] error = new double[1][x.length];
      for (int i = 0; i < x.length; i++) {
        expected[0][i] = Math.max(x[i], 0);
        // silu(-20) is -4e-8; at the others nothing is left of the curve.
        error[0][i] = 1e-7;
      }
      Check.close("large " + function, DType.F32, on().read(tensor), expected, error);
    }
  }

  @Test
  default void gatedActivationMultipliesActivatedGateWithUp() {
    for (Activation function : Activation.values()) {
      for (DType activation : on().activationTypes()) {
        for (int width : WIDTHS) {
          String label = "gatedActivation " + function + " " + activation + " " + width;
          Random random = on().random(label);
          float[][] gateUp = spread(random, activation, 3, 2 * width);

          Strided out = on().stridedPoison(activation, 3, width);
          on().ops().gatedActivation(out.view(), on().strided(activation, gateUp).view(), function);

          double[][] expected = new double[3][width];
          double[][] error = new double[3][width];
          for (int row = 0; row < 3; row++) {
            for (int i = 0; i < width; i++) {
              double up = gateUp[row][width + i];
              expected[row][i] = NaiveActivations.apply(function, gateUp[row][i]) * up;
              error[row][i] = activationError(gateUp[row][i]) * Math.abs(up);
            }
          }
          Check.close(label, activation, on().read(out.view()), expected, error);
          Check.paddingIsUntouched(label, on().read(out.all()));
        }
      }
    }
  }

  @Test
  default void gatedActivationMayTakeThePlaceOfItsGate() {
    for (Activation function : Activation.values()) {
      for (DType activation : on().activationTypes()) {
        for (int width : WIDTHS) {
          String label = "gatedActivation in place " + function + " " + activation + " " + width;
          float[][] gateUp = spread(on().random(label), activation, 3, 2 * width);
          Tensor apart = on().poisoned(activation, 3, width);
          on().ops().gatedActivation(apart, on().matrix(activation, gateUp), function);

          Tensor both = on().matrix(activation, gateUp);
          on().ops().gatedActivation(both.columns(0, width), both, function);

          float[][] expected = on().read(apart);
          float[][] actual = on().read(both);
          for (int row = 0; row < 3; row++) {
            assertThat(Arrays.copyOfRange(actual[row], 0, width))
                .as(label)
                .isEqualTo(expected[row]);
            assertThat(Arrays.copyOfRange(actual[row], width, 2 * width))
                .as(label + ", up")
                .isEqualTo(Arrays.copyOfRange(gateUp[row], width, 2 * width));
          }
        }
      }
    }
  }

  private static double activationError(float x) {
    return ACTIVATION_ROUNDOFFS * Rounding.F32_ROUNDOFF * Math.abs(x);
  }

  /** In [-8, 8): through the bend and out to where the curves are straight. */
  private static float[][] spread(Random random, DType dtype, int rows, int columns) {
    float[][] x = uniform(random, dtype, rows, columns);
    for (float[] row : x) {
      for (int i = 0; i < columns; i++) {
        row[i] *= 8;
      }
    }
    return x;
  }

  @Test
  default void addRoundsOnce() {
    for (DType activation : on().activationTypes()) {
      for (int width : WIDTHS) {
        String label = "add " + activation + " " + width;
        Random random = on().random(label);
        float[][] a = uniform(random, activation, 3, width);
        float[][] b = uniform(random, activation, 3, width);
        float[][] expected = new float[3][width];
        for (int row = 0; row < 3; row++) {
          for (int i = 0; i < width; i++) {
            expected[row][i] = Rounding.round(activation, a[row][i] + b[row][i]);
          }
        }

        Strided out = on().stridedPoison(activation, 3, width);
        Tensor left = on().strided(activation, a).view();
        Tensor right = on().matrix(activation, b);
        on().ops().add(out.view(), left, right);
        Check.sameBits(label, on().read(out.view()), expected);
        Check.paddingIsUntouched(label, on().read(out.all()));

        on().ops().add(left, left, right);
        Check.sameBits(label + " into a", on().read(left), expected);
        Tensor again = on().matrix(activation, a);
        on().ops().add(right, again, right);
        Check.sameBits(label + " into b", on().read(right), expected);
      }
    }
  }

  @Test
  default void activationMayWriteItsInput() {
    float[][] x = spread(on().random("in place"), DType.F32, 3, 37);
    for (Activation function : Activation.values()) {
      Tensor apart = on().poisoned(DType.F32, 3, 37);
      Tensor inPlace = on().matrix(DType.F32, x);

      on().ops().activation(apart, on().matrix(DType.F32, x), function);
      on().ops().activation(inPlace, inPlace, function);

      Check.sameBits("in place " + function, on().read(inPlace), on().read(apart));
    }
  }

  @Test
  default void elementwiseRowsAreIndependent() {
    Random random = on().random("elementwise rows");
    float[][] x = spread(random, DType.F32, 5, 2 * 21);
    for (Activation function : Activation.values()) {
      Check.rowsAreIndependent(
          "activation " + function,
          5,
          rows -> {
            Tensor tensor = on().matrix(DType.F32, pick(x, rows));
            on().ops().activation(tensor, tensor, function);
            return on().read(tensor);
          });
      Check.rowsAreIndependent(
          "gatedActivation " + function,
          5,
          rows -> {
            Tensor out = on().poisoned(DType.F32, rows.length, 21);
            on().ops().gatedActivation(out, on().matrix(DType.F32, pick(x, rows)), function);
            return on().read(out);
          });
    }
  }
}
