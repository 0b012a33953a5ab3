package dev.gatun.server.oip.tensor;

import com.google.protobuf.ByteString;
import dev.gatun.engine.api.ServingException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.List;

/** Elements of small tensors as plain values, for models that take settings as tensors. */
public final class ElementValues {
  private ElementValues() {}

  /**
   * A Boolean, Long, BigInteger (UINT64 above 63 bits), Double or String per element.
   *
   * @throws ServingException INVALID_ARGUMENT for BYTES that are not UTF-8
   */
  public static List<Object> of(InferTensor tensor) {
    List<Object> values = new ArrayList<>();
    if (tensor.datatype() == Datatype.BYTES) {
      for (ByteString element : RawElements.bytes(tensor)) {
        values.add(text(tensor, element));
      }
      return values;
    }
    ByteBuffer buffer = RawElements.buffer(tensor.data());
    while (buffer.hasRemaining()) {
      values.add(number(tensor.datatype(), buffer));
    }
    return values;
  }

  private static String text(InferTensor tensor, ByteString element) {
    try {
      return RawElements.text(element);
    } catch (CharacterCodingException _) {
      throw ServingException.invalid("input '" + tensor.name() + "' is not UTF-8");
    }
  }

  private static Object number(Datatype datatype, ByteBuffer buffer) {
    return switch (datatype) {
      case BOOL -> buffer.get() != 0;
      case UINT64 -> {
        long value = buffer.getLong();
        yield value >= 0 ? (Object) value : new BigInteger(Long.toUnsignedString(value));
      }
      case UINT8, UINT16, UINT32, INT8, INT16, INT32, INT64 ->
          RawElements.integer(buffer, datatype);
      case FP16 -> (double) Float.float16ToFloat(buffer.getShort());
      case BF16 -> (double) Float.intBitsToFloat(buffer.getShort() << 16);
      // Through its decimal form: 0.1f should be 0.1 and not 0.10000000149.
      case FP32 -> Double.parseDouble(Float.toString(buffer.getFloat()));
      case FP64 -> buffer.getDouble();
      case BYTES -> throw new IllegalArgumentException("BYTES are not numbers");
    };
  }
}
