package dev.gatun.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.InputRounding;
import dev.gatun.tensor.LinearSource;
import dev.gatun.tensor.LinearWeight;
import dev.gatun.tensor.PackedBlock;
import dev.gatun.tensor.PackedLayout;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.WeightFormat;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
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
    Tensor x = Tensor.onHost(DType.BF16, Shape.of(rows, IN));
    for (int row = 0; row < rows; row++) {
      for (int i = 0; i < IN; i++) {
        x.setFloat(row, i, (float) random.nextGaussian() * (1 + row));
      }
    }

    try (CudaBackend backend = TestDevice.open(DType.BF16)) {
      LinearSource source = new LinearSource("weight", List.of(block), List.of());
      LinearWeight weight = backend.placeLinear(source);
      Tensor out = backend.allocate(DType.F32, Shape.of(rows, OUT), "out");
      backend.ops().linear(out, backend.place(x), weight);

      float[] actual = new float[OUT];
      for (int row = 0; row < rows; row++) {
        backend.readFloats(out, row, actual);
        assertRow(x, row, block, actual);
      }
    }
  }

  /** So near that no float input could be: a step of a byte is 2000 times the tolerance. */
  private static void assertRow(Tensor x, int row, PackedBlock block, float[] actual) {
    float largest = 0;
    for (int i = 0; i < IN; i++) {
      largest = Math.max(largest, Math.abs(x.getFloat(row, i)));
    }
    float[] weights = new float[IN];
    for (int feature = 0; feature < OUT; feature++) {
      block.readRow(feature, weights);
      double sum = 0;
      double magnitude = 0;
      for (int i = 0; i < IN; i++) {
        double product = Math.rint(x.getFloat(row, i) * (127 / largest)) * weights[i];
        sum += product;
        magnitude += Math.abs(product);
      }
      assertThat((double) actual[feature])
          .as("row %d, feature %d", row, feature)
          .isCloseTo(sum * largest / 127, within(1e-6 * magnitude * largest / 127));
    }
  }
}
