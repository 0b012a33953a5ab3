package dev.gatun.tensor.reference;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Reads and writes one head of a token in a cache as {@link dev.gatun.tensor.KvLayer} says. */
final class ReferenceKvHeads {
  private static final ValueLayout.OfFloat SCALE =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** Heads whose largest element is smaller count as zeros: their scale has no inverse. */
  private static final float SMALLEST_LARGEST = 0x1p-100f;

  private ReferenceKvHeads() {}

  static void write(Tensor cache, int block, long column, float[] in, int from, int headDim) {
    if (cache.dtype() != DType.I8) {
      cache.writeFloats(block, column, in, from, headDim);
      return;
    }
    float largest = 0;
    for (int i = 0; i < headDim; i++) {
      largest = Math.max(largest, Math.abs(in[from + i]));
    }
    largest = largest < SMALLEST_LARGEST ? 0 : largest;
    float inverse = largest == 0 ? 0 : 127 / largest;
    MemorySegment data = cache.data();
    long at = block * cache.rowStride() + column;
    for (int i = 0; i < headDim; i++) {
      data.set(ValueLayout.JAVA_BYTE, at + i, (byte) Math.rint(in[from + i] * inverse));
    }
    data.set(SCALE, at + headDim, Float.isInfinite(largest) ? Float.NaN : largest / 127);
  }

  static void read(Tensor cache, int block, long column, float[] out, int to, int headDim) {
    if (cache.dtype() != DType.I8) {
      cache.readFloats(block, column, out, to, headDim);
      return;
    }
    MemorySegment data = cache.data();
    long at = block * cache.rowStride() + column;
    float scale = data.get(SCALE, at + headDim);
    for (int i = 0; i < headDim; i++) {
      out[to + i] = data.get(ValueLayout.JAVA_BYTE, at + i) * scale;
    }
  }
}
