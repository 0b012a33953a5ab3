package dev.gatun.server.oip.tensor;

import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Reads elements of checked raw tensors. */
public final class RawElements {
  private RawElements() {}

  static ByteBuffer buffer(ByteString data) {
    // A part of a larger ByteString gives a buffer that starts where the part lies in the whole;
    // its slice starts at 0, as positions that index into data must.
    return data.asReadOnlyByteBuffer().slice().order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The elements of a BYTES tensor, without their lengths. */
  public static List<ByteString> bytes(InferTensor tensor) {
    if (tensor.datatype() != Datatype.BYTES) {
      throw new IllegalArgumentException(
          "tensor '" + tensor.name() + "' is " + tensor.datatype() + ", not BYTES");
    }
    List<ByteString> elements = new ArrayList<>();
    ByteString data = tensor.data();
    ByteBuffer buffer = buffer(data);
    while (buffer.hasRemaining()) {
      int length = buffer.getInt();
      int start = buffer.position();
      elements.add(data.substring(start, start + length));
      buffer.position(start + length);
    }
    return elements;
  }

  /**
   * Strict UTF-8.
   *
   * @throws CharacterCodingException if the bytes are not text
   */
  public static String text(ByteString element) throws CharacterCodingException {
    return StandardCharsets.UTF_8.newDecoder().decode(element.asReadOnlyByteBuffer()).toString();
  }

  /** Integers of up to 32 bits, widened by their sign. */
  static long integer(ByteBuffer buffer, Datatype datatype) {
    return switch (datatype) {
      case UINT8, BOOL -> Byte.toUnsignedLong(buffer.get());
      case UINT16 -> Short.toUnsignedLong(buffer.getShort());
      case UINT32 -> Integer.toUnsignedLong(buffer.getInt());
      case INT8 -> buffer.get();
      case INT16 -> buffer.getShort();
      case INT32 -> buffer.getInt();
      case UINT64, INT64 -> buffer.getLong();
      case FP16, BF16, FP32, FP64, BYTES ->
          throw new IllegalArgumentException(datatype + " is no integer type");
    };
  }
}
