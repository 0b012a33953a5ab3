package dev.gatun.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * A typed view of off-heap memory: row-major, all dimensions but the first contiguous, consecutive
 * rows {@link #rowStride()} elements apart. A tensor owns nothing; whoever allocated or mapped the
 * memory decides how long it lives.
 *
 * <p>On a host backend the segment is readable memory. On a device backend it is an address only
 * and the accessors here must not be used; {@link Backend#readFloats} copies out.
 */
public final class Tensor {
  private static final ValueLayout.OfFloat F32 = le(ValueLayout.JAVA_FLOAT_UNALIGNED);
  private static final ValueLayout.OfShort I16 = le(ValueLayout.JAVA_SHORT_UNALIGNED);
  private static final ValueLayout.OfInt I32 = le(ValueLayout.JAVA_INT_UNALIGNED);

  private final DType dtype;
  private final Shape shape;
  private final long rowStride;
  private final MemorySegment data;

  private Tensor(DType dtype, Shape shape, long rowStride, MemorySegment data) {
    this.dtype = dtype;
    this.shape = shape;
    this.rowStride = rowStride;
    this.data = data;
  }

  private static ValueLayout.OfFloat le(ValueLayout.OfFloat layout) {
    return layout.withOrder(ByteOrder.LITTLE_ENDIAN);
  }

  private static ValueLayout.OfShort le(ValueLayout.OfShort layout) {
    return layout.withOrder(ByteOrder.LITTLE_ENDIAN);
  }

  private static ValueLayout.OfInt le(ValueLayout.OfInt layout) {
    return layout.withOrder(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * Wraps contiguous memory.
   *
   * @throws IllegalArgumentException if {@code data} is not exactly as long as the shape needs
   */
  public static Tensor of(DType dtype, Shape shape, MemorySegment data) {
    long bytes = Math.multiplyExact(shape.numElements(), dtype.bytes());
    if (data.byteSize() != bytes) {
      throw new IllegalArgumentException(
          dtype.name() + shape + " needs " + bytes + " bytes, got " + data.byteSize());
    }
    return new Tensor(dtype, shape, shape.rowElements(), data);
  }

  /**
   * Zeroed host memory, aligned to 64 bytes, that lives as long as anything refers to it. For
   * tables built at load and handed to {@link Backend#place}; what ops write to comes from {@link
   * Backend#allocate}.
   */
  public static Tensor onHost(DType dtype, Shape shape) {
    long bytes = Math.multiplyExact(shape.numElements(), dtype.bytes());
    return of(dtype, shape, Arena.ofAuto().allocate(bytes, 64));
  }

  public DType dtype() {
    return dtype;
  }

  public Shape shape() {
    return shape;
  }

  /** Elements from the start of one row to the start of the next. */
  public long rowStride() {
    return rowStride;
  }

  /** The memory from the first element of the view to its last. */
  public MemorySegment data() {
    return data;
  }

  /** Rows: the first dimension. */
  public int numRows() {
    return Math.toIntExact(shape.dim(0));
  }

  /** Elements of one row. */
  public int rowLength() {
    return Math.toIntExact(shape.rowElements());
  }

  public boolean isContiguous() {
    return shape.dim(0) <= 1 || rowStride == shape.rowElements();
  }

  /** View of rows {@code [from, to)}. */
  public Tensor rows(long from, long to) {
    check(from >= 0 && from <= to && to <= shape.dim(0), "rows", from, to);
    long[] dims = shape.toArray();
    dims[0] = to - from;
    return view(Shape.of(dims), from * rowStride);
  }

  /** View of elements {@code [from, to)} of every row of a rank-2 tensor. */
  public Tensor columns(long from, long to) {
    check(shape.rank() == 2, "columns of rank", shape.rank(), 2);
    check(from >= 0 && from <= to && to <= shape.dim(1), "columns", from, to);
    return view(Shape.of(shape.dim(0), to - from), from);
  }

  /** Same memory, other dimensions. Only for contiguous tensors. */
  public Tensor reshape(Shape other) {
    check(isContiguous(), "reshape of strided rows", rowStride, shape.rowElements());
    check(other.numElements() == shape.numElements(), "reshape", other.numElements(), 0);
    return new Tensor(dtype, other, other.rowElements(), data);
  }

  /** A tensor that lies in these bytes from {@code offset} on. Only for U8 of rank 1. */
  public Tensor within(long offset, DType type, Shape inner) {
    check(dtype == DType.U8 && shape.rank() == 1, "tensor within rank", shape.rank(), offset);
    long bytes = Math.multiplyExact(inner.numElements(), type.bytes());
    check(offset >= 0 && offset <= shape.dim(0) - bytes, "bytes", offset, bytes);
    return of(type, inner, data.asSlice(offset, bytes));
  }

  private Tensor view(Shape viewShape, long offset) {
    long rows = viewShape.dim(0);
    long extent = rows == 0 ? 0 : (rows - 1) * rowStride + viewShape.rowElements();
    long bytes = dtype.bytes();
    return new Tensor(dtype, viewShape, rowStride, data.asSlice(offset * bytes, extent * bytes));
  }

  /** Element as float32; F16, BF16 and F8_E4M3 widen exactly. */
  public float getFloat(long row, long column) {
    long index = row * rowStride + column;
    return switch (dtype) {
      case F32 -> data.get(F32, index * 4);
      case BF16 -> Float.intBitsToFloat(data.get(I16, index * 2) << 16);
      case F16 -> Float.float16ToFloat(data.get(I16, index * 2));
      case F8_E4M3 -> E4m3.toFloat(data.get(ValueLayout.JAVA_BYTE, index));
      case BOOL, U8, I8, I16, I32, I64, F64 -> throw notFloat();
    };
  }

  /** Stores a float32, rounded to nearest-even for F16, BF16 and F8_E4M3 (at most 448). */
  public void setFloat(long row, long column, float value) {
    long index = row * rowStride + column;
    switch (dtype) {
      case F32 -> data.set(F32, index * 4, value);
      case BF16 -> data.set(I16, index * 2, toBf16(value));
      case F16 -> data.set(I16, index * 2, Float.floatToFloat16(value));
      case F8_E4M3 -> data.set(ValueLayout.JAVA_BYTE, index, E4m3.of(value));
      case BOOL, U8, I8, I16, I32, I64, F64 -> throw notFloat();
    }
  }

  /**
   * Copies elements {@code [column, column + length)} of a row to {@code out[offset...]} as
   * float32.
   */
  public void readFloats(long row, long column, float[] out, int offset, int length) {
    checkRange(column, length);
    long from = row * rowStride + column;
    switch (dtype) {
      case F32 -> MemorySegment.copy(data, F32, from * 4, out, offset, length);
      case BF16 -> {
        for (int i = 0; i < length; i++) {
          out[offset + i] = Float.intBitsToFloat(data.get(I16, (from + i) * 2) << 16);
        }
      }
      case F16 -> {
        for (int i = 0; i < length; i++) {
          out[offset + i] = Float.float16ToFloat(data.get(I16, (from + i) * 2));
        }
      }
      case F8_E4M3 -> {
        for (int i = 0; i < length; i++) {
          out[offset + i] = E4m3.toFloat(data.get(ValueLayout.JAVA_BYTE, from + i));
        }
      }
      case BOOL, U8, I8, I16, I32, I64, F64 -> throw notFloat();
    }
  }

  /**
   * Stores {@code in[offset...]} to elements {@code [column, column + length)} of a row, rounded to
   * nearest-even for F16, BF16 and F8_E4M3 (at most 448).
   */
  public void writeFloats(long row, long column, float[] in, int offset, int length) {
    checkRange(column, length);
    long from = row * rowStride + column;
    switch (dtype) {
      case F32 -> MemorySegment.copy(in, offset, data, F32, from * 4, length);
      case BF16 -> {
        for (int i = 0; i < length; i++) {
          data.set(I16, (from + i) * 2, toBf16(in[offset + i]));
        }
      }
      case F16 -> {
        for (int i = 0; i < length; i++) {
          data.set(I16, (from + i) * 2, Float.floatToFloat16(in[offset + i]));
        }
      }
      case F8_E4M3 -> {
        for (int i = 0; i < length; i++) {
          data.set(ValueLayout.JAVA_BYTE, from + i, E4m3.of(in[offset + i]));
        }
      }
      case BOOL, U8, I8, I16, I32, I64, F64 -> throw notFloat();
    }
  }

  /** Element of an I32 tensor of rank 1. */
  public int getInt(long index) {
    check(dtype == DType.I32, "getInt at", index, 0);
    return data.get(I32, index * 4);
  }

  /** Element of an I8 or I32 tensor of rank 2. */
  public int getInteger(long row, long column) {
    long index = row * rowStride + column;
    return switch (dtype) {
      case I8 -> data.get(ValueLayout.JAVA_BYTE, index);
      case I32 -> data.get(I32, index * 4);
      case BOOL, U8, I16, I64, F8_E4M3, F16, BF16, F32, F64 ->
          throw new IllegalStateException(dtype + " is not one of I8, I32");
    };
  }

  /** Stores an element of an I32 tensor of rank 1. */
  public void setInt(long index, int value) {
    check(dtype == DType.I32, "setInt at", index, value);
    data.set(I32, index * 4, value);
  }

  /** Rounds to nearest-even; a NaN stays a NaN. */
  static short toBf16(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return (short) ((bits >>> 16) | 0x40);
    }
    int rounding = 0x7fff + ((bits >>> 16) & 1);
    return (short) ((bits + rounding) >>> 16);
  }

  private void checkRange(long column, int length) {
    check(column >= 0 && column + length <= shape.rowElements(), "range", column, length);
  }

  private IllegalStateException notFloat() {
    return new IllegalStateException(dtype + " is not one of F32, F16, BF16, F8_E4M3");
  }

  private void check(boolean condition, String what, long a, long b) {
    if (!condition) {
      throw new IllegalArgumentException(what + " " + a + ", " + b + " on " + this);
    }
  }

  @Override
  public String toString() {
    return dtype.name() + shape;
  }
}
