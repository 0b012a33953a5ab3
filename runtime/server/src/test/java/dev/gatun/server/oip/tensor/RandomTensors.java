package dev.gatun.server.oip.tensor;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** Tensors of any datatype with values from the whole range, from a seed. */
public final class RandomTensors {
  private RandomTensors() {}

  /** A shape of up to four dimensions with sizes 0 to 4. */
  public static List<Long> shape(RandomGenerator random) {
    List<Long> shape = new ArrayList<>();
    int rank = random.nextInt(5);
    for (int i = 0; i < rank; i++) {
      shape.add((long) random.nextInt(5));
    }
    return shape;
  }

  /** NaN and infinities included, BYTES of any bytes. */
  public static InferTensor tensor(String name, Datatype datatype, RandomGenerator random) {
    List<Long> shape = shape(random);
    long count = Shapes.numElements(shape, name);
    RawWriter out = new RawWriter();
    for (long i = 0; i < count; i++) {
      switch (datatype) {
        case BOOL -> out.int8(random.nextInt(2));
        case BYTES -> {
          byte[] bytes = new byte[random.nextInt(20)];
          random.nextBytes(bytes);
          out.bytes(ByteString.copyFrom(bytes));
        }
        case UINT8, UINT16, UINT32, UINT64, INT8, INT16, INT32, INT64, FP16, BF16, FP32, FP64 ->
            out.integer(datatype, random.nextLong());
      }
    }
    return new InferTensor(name, datatype, shape, out.finish());
  }

  /** Values that JSON can say. */
  public static InferTensor sayable(String name, Datatype datatype, RandomGenerator random) {
    List<Long> shape = shape(random);
    long count = Shapes.numElements(shape, name);
    RawWriter out = new RawWriter();
    for (long i = 0; i < count; i++) {
      switch (datatype) {
        case BOOL -> out.int8(random.nextInt(2));
        case BYTES -> out.bytes(ByteString.copyFromUtf8(text(random)));
        case FP32 -> out.int32(Float.floatToRawIntBits(finiteFloat(random)));
        case FP64 -> out.int64(Double.doubleToRawLongBits(finiteDouble(random)));
        case UINT8, UINT16, UINT32, UINT64, INT8, INT16, INT32, INT64, FP16, BF16 ->
            out.integer(datatype, random.nextLong());
      }
    }
    return new InferTensor(name, datatype, shape, out.finish());
  }

  private static float finiteFloat(RandomGenerator random) {
    float value = Float.intBitsToFloat(random.nextInt());
    return Float.isFinite(value) ? value : -0.0f;
  }

  private static double finiteDouble(RandomGenerator random) {
    double value = Double.longBitsToDouble(random.nextLong());
    return Double.isFinite(value) ? value : -0.0;
  }

  private static String text(RandomGenerator random) {
    StringBuilder text = new StringBuilder();
    int length = random.nextInt(8);
    int[] alphabet = {'a', 0, '"', '\\', '\n', 0xE9, 0x20AC, 0x1F600};
    for (int i = 0; i < length; i++) {
      text.appendCodePoint(alphabet[random.nextInt(alphabet.length)]);
    }
    return text.toString();
  }
}
