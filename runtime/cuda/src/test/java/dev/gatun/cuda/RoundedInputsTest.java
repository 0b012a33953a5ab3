package dev.gatun.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatun.tensor.BackendException;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.E4m3;
import dev.gatun.tensor.InputRounding;
import dev.gatun.tensor.LinearSource;
import dev.gatun.tensor.LinearWeight;
import dev.gatun.tensor.PackedBlock;
import dev.gatun.tensor.PackedLayout;
import dev.gatun.tensor.RoundedFp8Block;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.StoredFp8Block;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.WeightBlock;
import dev.gatun.tensor.WeightFormat;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Layers whose checkpoint wants inputs in 8 bits get them so, by the scale of their own row. */
final class RoundedInputsTest {
  private static final int IN = 200;
  private static final int OUT = 33;
  private static final long SEED = 3;

  @BeforeEach
  void needsADevice() {
    TestDevice.assumePresent();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 9, 70})
  void bytesMeetBytes(int rows) {
    Random random = new Random(SEED + rows);
    Tensor values = Tensor.onHost(DType.I8, Shape.of(OUT, IN));
    Tensor scales = Tensor.onHost(DType.F32, Shape.of(OUT, 1));
    for (int feature = 0; feature < OUT; feature++) {
      scales.setFloat(feature, 0, (1 + random.nextFloat()) / 100);
      for (int i = 0; i < IN; i++) {
        long at = (long) feature * IN + i;
        values.data().set(ValueLayout.JAVA_BYTE, at, (byte) random.nextInt(-127, 128));
      }
    }
    PackedBlock block =
        new PackedBlock(
            PackedLayout.BYTES,
            WeightFormat.INT8,
            OUT,
            IN,
            IN,
            values,
            scales,
            null,
            null,
            InputRounding.INT8);

    try (CudaBackend backend = TestDevice.open(DType.BF16)) {
      assertLayer(backend, block, inputs(random, rows), RoundedInputsTest::asBytes);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 9, 70})
  void eightBitFloatsMeetThemselvesWhereUnitsMultiplyThem(int rows) {
    Random random = new Random(SEED + rows);
    try (CudaBackend backend = TestDevice.open(DType.BF16)) {
      assumeTrue(backend.inputRoundings().contains(InputRounding.FP8), "made for less than 8.9");
      assertLayer(backend, fp8(random), inputs(random, rows), RoundedInputsTest::asFp8);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 9, 70})
  void eightBitFloatsMeetInputsAsTheyAreElsewhere(int rows) {
    Random random = new Random(SEED + rows);
    try (CudaBackend backend = TestDevice.openWithoutFp8Units(DType.BF16)) {
      assertThat(backend.inputRoundings()).containsExactly(InputRounding.INT8);
      assertLayer(backend, fp8(random), inputs(random, rows), row -> row);
    }
  }

  /** Kernels widen bits by a product, to which NaN is one more number. */
  @Test
  void weightsThatAreNoNumberAreRefusedByTheirPlace() {
    Tensor weight = Tensor.onHost(DType.F8_E4M3, Shape.of(OUT, IN));
    Tensor scales = Tensor.onHost(DType.F32, Shape.of(OUT));
    weight.data().set(ValueLayout.JAVA_BYTE, 5L * IN + 7, (byte) 0x7f);
    WeightBlock block = new StoredFp8Block(weight, scales, 1, IN);
    LinearSource source = new LinearSource("layers.3.o", List.of(block), List.of());

    try (CudaBackend backend = TestDevice.open(DType.BF16)) {
      assertThatThrownBy(() -> backend.placeLinear(source))
          .isInstanceOf(BackendException.class)
          .hasMessageContaining("layers.3.o: weight [5, 7] of FP8[33, 200]")
          .hasMessageContaining("is no number");
    }
  }

  private static WeightBlock fp8(Random random) {
    Tensor plain = Tensor.onHost(DType.F32, Shape.of(OUT, IN));
    for (int feature = 0; feature < OUT; feature++) {
      for (int i = 0; i < IN; i++) {
        plain.setFloat(feature, i, (float) random.nextGaussian());
      }
    }
    return new RoundedFp8Block(plain);
  }

  private static Tensor inputs(Random random, int rows) {
    Tensor x = Tensor.onHost(DType.BF16, Shape.of(rows, IN));
    for (int row = 0; row < rows; row++) {
      for (int i = 0; i < IN; i++) {
        x.setFloat(row, i, (float) random.nextGaussian() * (1 + row));
      }
    }
    return x;
  }

  private static double[] asBytes(double[] row) {
    float largest = (float) largest(row, 0, row.length);
    return Arrays.stream(row)
        .map(x -> Math.rint((float) x * (127 / largest)) * largest / 127)
        .toArray();
  }

  /** A scale for each 128 columns. */
  private static double[] asFp8(double[] row) {
    double[] rounded = new double[row.length];
    for (int from = 0; from < row.length; from += 128) {
      int to = Math.min(row.length, from + 128);
      float largest = (float) largest(row, from, to);
      for (int i = from; i < to; i++) {
        float value = E4m3.toFloat(E4m3.of((float) row[i] * (448 / largest)));
        rounded[i] = (double) value * largest / 448;
      }
    }
    return rounded;
  }

  private static double largest(double[] row, int from, int to) {
    double largest = 0;
    for (int i = from; i < to; i++) {
      largest = Math.max(largest, Math.abs(row[i]));
    }
    return largest;
  }

  /** So near that inputs which were rounded otherwise show. */
  private static void assertLayer(
      CudaBackend backend, WeightBlock block, Tensor x, UnaryOperator<double[]> rounding) {
    LinearSource source = new LinearSource("weight", List.of(block), List.of());
    LinearWeight weight = backend.placeLinear(source);
    Tensor out = backend.allocate(DType.F32, Shape.of(x.numRows(), OUT), "out");
    backend.ops().linear(out, backend.place(x), weight);

    float[] actual = new float[OUT];
    float[] weights = new float[IN];
    for (int row = 0; row < x.numRows(); row++) {
      backend.readFloats(out, row, actual);
      double[] inputs = new double[IN];
      for (int i = 0; i < IN; i++) {
        inputs[i] = x.getFloat(row, i);
      }
      inputs = rounding.apply(inputs);
      for (int feature = 0; feature < OUT; feature++) {
        block.readRow(feature, weights);
        double sum = 0;
        double magnitude = 0;
        for (int i = 0; i < IN; i++) {
          sum += inputs[i] * weights[i];
          magnitude += Math.abs(inputs[i] * weights[i]);
        }
        assertThat((double) actual[feature])
            .as("row %d, feature %d", row, feature)
            .isCloseTo(sum, within(2e-6 * magnitude));
      }
    }
  }
}
