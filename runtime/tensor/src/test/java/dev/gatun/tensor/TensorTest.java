package dev.gatun.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class TensorTest {
  private static Tensor tensor(DType dtype, long... dims) {
    Shape shape = Shape.of(dims);
    return Tensor.of(dtype, shape, Arena.ofAuto().allocate(shape.numElements() * dtype.bytes()));
  }

  /** Element [row, column] is 10 * row + column. */
  private static Tensor counted(DType dtype, int rows, int columns) {
    Tensor tensor = tensor(dtype, rows, columns);
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        tensor.setFloat(row, column, 10 * row + column);
      }
    }
    return tensor;
  }

  @Test
  void memoryMustBeExactlyAsLongAsTheShapeNeeds() {
    Shape shape = Shape.of(2, 3);

    assertThat(Tensor.of(DType.F16, shape, Arena.ofAuto().allocate(12)).numRows()).isEqualTo(2);
    for (long bytes : new long[] {11, 13}) {
      MemorySegment segment = Arena.ofAuto().allocate(bytes);
      assertThatThrownBy(() -> Tensor.of(DType.F16, shape, segment))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("F16[2, 3] needs 12 bytes, got " + bytes);
    }
  }

  @Test
  void viewsShareMemoryAndKeepTheRowStride() {
    Tensor all = counted(DType.F32, 4, 6);
    Tensor view = all.rows(1, 4).columns(2, 5);

    assertThat(view.shape()).isEqualTo(Shape.of(3, 3));
    assertThat(view.rowStride()).isEqualTo(6);
    assertThat(view.isContiguous()).isFalse();
    assertThat(view.getFloat(2, 1)).isEqualTo(33);
    assertThat(view.data().byteSize()).isEqualTo((2 * 6 + 3) * 4);

    view.setFloat(0, 0, -1);
    assertThat(all.getFloat(1, 2)).isEqualTo(-1);
  }

  @Test
  void viewsStayWithinTheTensor() {
    Tensor all = counted(DType.F32, 4, 6);

    assertThat(all.rows(4, 4).numRows()).isZero();
    assertThat(all.columns(6, 6).rowLength()).isZero();
    assertThatThrownBy(() -> all.rows(0, 5)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> all.rows(-1, 2)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> all.rows(3, 2)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> all.columns(0, 7)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> tensor(DType.F32, 2, 2, 2).columns(0, 1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void reshapeKeepsElementsAndNeedsContiguousRows() {
    Tensor all = counted(DType.F32, 2, 6);

    assertThat(all.reshape(Shape.of(3, 4)).getFloat(2, 3)).isEqualTo(15);
    assertThat(all.columns(1, 4).rows(0, 1).isContiguous()).isTrue();
    assertThatThrownBy(() -> all.columns(1, 4).reshape(Shape.of(6)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> all.reshape(Shape.of(11)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void liesWithinBytes() {
    Tensor bytes = Tensor.onHost(DType.U8, Shape.of(40));
    bytes.within(16, DType.F32, Shape.of(2, 3)).setFloat(1, 2, 7);

    assertThat(bytes.within(32, DType.F32, Shape.of(2)).getFloat(0, 0)).isZero();
    assertThat(bytes.within(36, DType.F32, Shape.of(1)).getFloat(0, 0)).isEqualTo(7);
    assertThatThrownBy(() -> bytes.within(36, DType.F32, Shape.of(2)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("bytes 36, 8");
    assertThatThrownBy(() -> bytes.within(-4, DType.F32, Shape.of(1)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> counted(DType.F32, 2, 6).within(0, DType.F32, Shape.of(1)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "F16", "BF16"})
  void bulkAccessAgreesWithSingleElements(DType dtype) {
    Tensor view = counted(dtype, 3, 7).columns(1, 6);
    float[] out = {-1, -1, -1, -1, -1};

    view.readFloats(2, 1, out, 1, 3);
    assertThat(out).containsExactly(-1, 22, 23, 24, -1);

    view.writeFloats(0, 2, new float[] {0, 50, 51}, 1, 2);
    assertThat(view.getFloat(0, 1)).isEqualTo(2);
    assertThat(view.getFloat(0, 2)).isEqualTo(50);
    assertThat(view.getFloat(0, 3)).isEqualTo(51);
    assertThat(view.getFloat(0, 4)).isEqualTo(5);
  }

  @Test
  void bulkAccessStaysWithinTheRow() {
    Tensor view = counted(DType.F32, 3, 7).columns(1, 6);
    float[] floats = new float[6];

    view.readFloats(0, 0, floats, 0, 5);
    assertThatThrownBy(() -> view.readFloats(0, 0, floats, 0, 6))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> view.writeFloats(0, 3, floats, 0, 3))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> view.readFloats(0, -1, floats, 0, 2))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /** In bits of float32: halfway goes to the even neighbour, from both sides and both signs. */
  @ParameterizedTest
  @CsvSource({
    "0x3f800000, 0x3f80", // 1
    "0x3f807fff, 0x3f80", // just below halfway
    "0x3f808000, 0x3f80", // halfway, even below
    "0x3f808001, 0x3f81", // just above halfway
    "0x3f818000, 0x3f82", // halfway, even above
    "0xbf818000, 0xbf82", // the same, negative
    "0x3fffffff, 0x4000", // carries into the exponent
    "0x7f7fffff, 0x7f80", // beyond the largest: infinity
    "0x7f800000, 0x7f80", // infinity
    "0xff800000, 0xff80",
    "0x00000000, 0x0000",
    "0x80000000, 0x8000", // negative zero
    "0x00018000, 0x0002", // subnormal, halfway
    "0x7f800001, 0x7fc0", // a NaN whose payload would vanish
    "0xffffffff, 0xffff",
  })
  void bf16RoundsToNearestEven(String float32, String bf16) {
    float value = Float.intBitsToFloat((int) (long) Long.decode(float32));

    assertThat(Tensor.toBf16(value) & 0xffff).isEqualTo(Integer.decode(bf16));
  }

  @Test
  void everyBf16SurvivesTheRoundTrip() {
    Tensor tensor = tensor(DType.BF16, 1, 1);
    for (int bits = 0; bits <= 0xffff; bits++) {
      float value = Float.intBitsToFloat(bits << 16);
      tensor.setFloat(0, 0, value);
      assertThat(Float.compare(tensor.getFloat(0, 0), value)).isZero();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "1.0, 1.0",
    "1.00048828125, 1.0", // halfway between 1 and the next F16: even
    "1.0004884, 1.0009765625", // just above
    "1.00146484375, 1.001953125", // halfway, even above
    "65504, 65504", // the largest
    "65520, Infinity",
    "5.9604645e-8, 5.9604645e-8", // the smallest subnormal
    "-2.5, -2.5",
    "NaN, NaN",
  })
  void f16RoundsToNearestEven(float value, Float expected) {
    Tensor tensor = tensor(DType.F16, 1, 1);

    tensor.setFloat(0, 0, value);

    assertThat(tensor.getFloat(0, 0)).isEqualTo(expected);
  }

  @Test
  void elementsAreLittleEndianAndNeedNoAlignment() {
    MemorySegment segment = Arena.ofAuto().allocate(9).asSlice(1);
    Tensor tensor = Tensor.of(DType.F32, Shape.of(2), segment);

    tensor.setFloat(1, 0, 1);

    ValueLayout.OfInt littleEndian =
        ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    assertThat(segment.get(littleEndian, 4)).isEqualTo(0x3f800000);
    assertThat(tensor.getFloat(1, 0)).isEqualTo(1);
  }

  @Test
  void integersAndFloatsAreNotMixedUp() {
    Tensor ints = tensor(DType.I32, 2);
    Tensor floats = tensor(DType.F32, 2);

    ints.setInt(1, -5);
    assertThat(ints.getInt(1)).isEqualTo(-5);
    assertThatThrownBy(() -> ints.getFloat(0, 0)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> ints.setFloat(0, 0, 1)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> floats.getInt(0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> floats.setInt(0, 1)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void hostMemoryIsZeroedAndAligned() {
    Tensor tensor = Tensor.onHost(DType.F16, Shape.of(3, 5));

    assertThat(tensor.data().byteSize()).isEqualTo(30);
    assertThat(tensor.data().address() % 64).isZero();
    assertThat(tensor.getFloat(2, 4)).isZero();
    tensor.setFloat(2, 4, 1.5f);
    assertThat(tensor.getFloat(2, 4)).isEqualTo(1.5f);
  }
}
