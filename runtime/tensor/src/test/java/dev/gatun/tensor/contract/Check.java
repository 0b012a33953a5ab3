package dev.gatun.tensor.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.gatun.tensor.DType;
import java.util.stream.IntStream;

/** Comparisons of results with expectations. */
final class Check {
  /** Computes an op for the chosen rows of its input and returns the output rows. */
  @FunctionalInterface
  interface RowOp {
    float[][] run(int... rows);
  }

  private Check() {}

  /** Same bits; NaN equals NaN. */
  static void sameBits(String label, float[][] actual, float[][] expected) {
    assertThat(actual.length).as(label + ": rows").isEqualTo(expected.length);
    for (int row = 0; row < actual.length; row++) {
      assertThat(actual[row]).as(label + ": row " + row).containsExactly(expected[row]);
    }
  }

  /**
   * Within a bound per element.
   *
   * @param error bound on what the computation may lose, in float32
   * @param dtype type of the output, whose own rounding is allowed on top
   */
  static void close(
      String label, DType dtype, float[][] actual, double[][] expected, double[][] error) {
    assertThat(actual.length).as(label + ": rows").isEqualTo(expected.length);
    for (int row = 0; row < actual.length; row++) {
      assertThat(actual[row].length).as(label + ": columns").isEqualTo(expected[row].length);
      for (int i = 0; i < actual[row].length; i++) {
        double bound = error[row][i] + Rounding.roundoff(dtype) * Math.abs(expected[row][i]);
        // Written so that a NaN fails.
        if (!(Math.abs(actual[row][i] - expected[row][i]) <= bound)) {
          fail(
              "%s: [%d, %d] is %s, expected %s +- %s",
              label, row, i, actual[row][i], expected[row][i], bound);
        }
      }
    }
  }

  /** A row alone, in front of others and behind them gives the same bits as in the whole batch. */
  static void rowsAreIndependent(String label, int numRows, RowOp op) {
    float[][] all = op.run(IntStream.range(0, numRows).toArray());
    for (int row = 0; row < numRows; row++) {
      float[][] alone = op.run(row);
      sameBits(label + ": row " + row + " alone", alone, new float[][] {all[row]});
    }
    int[] reversed = IntStream.range(0, numRows).map(i -> numRows - 1 - i).toArray();
    sameBits(label + ": reversed", op.run(reversed), Fixture.pick(all, reversed));
  }

  static void isNan(String label, float value) {
    assertThat(value).as(label).isNaN();
  }

  /** The columns outside the view of a strided output are still NaN. */
  static void paddingIsUntouched(String label, float[][] all) {
    for (float[] row : all) {
      for (int i = 0; i < Fixture.PAD; i++) {
        assertThat(row[i]).as(label + ": left padding").isNaN();
        assertThat(row[row.length - 1 - i]).as(label + ": right padding").isNaN();
      }
    }
  }
}
