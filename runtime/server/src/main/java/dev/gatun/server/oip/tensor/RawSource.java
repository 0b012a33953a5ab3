package dev.gatun.server.oip.tensor;

import com.google.protobuf.ByteString;
import dev.gatun.engine.api.ServingException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Elements that came raw: checked for size, passed on as they are. */
public record RawSource(ByteString data) implements TensorSource {
  private static final int LENGTH_BYTES = Integer.BYTES;

  @Override
  public ByteString read(String where, Datatype datatype, long numElements) {
    if (datatype == Datatype.BYTES) {
      checkElements(where, numElements);
    } else {
      checkByteSize(where, Shapes.numBytes(numElements, datatype, where), data.size());
    }
    return data;
  }

  static void checkByteSize(String where, long expected, long actual) {
    if (expected != actual) {
      throw ServingException.invalid(
          "input byte size mismatch for " + where + ". Expected " + expected + ", got " + actual);
    }
  }

  static ServingException wrongCount(String where, long expected, long actual) {
    return ServingException.invalid(
        "unexpected number of string elements "
            + actual
            + " for "
            + where
            + ", expecting "
            + expected);
  }

  private void checkElements(String where, long numElements) {
    ByteBuffer buffer = data.asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    long count = 0;
    while (buffer.hasRemaining()) {
      if (count == numElements) {
        throw wrongCount(where, numElements, count + 1);
      }
      if (buffer.remaining() < LENGTH_BYTES) {
        throw ServingException.invalid(
            "incomplete string length indicator for "
                + where
                + ", expecting 4 bytes but only "
                + buffer.remaining()
                + " bytes available");
      }
      long length = Integer.toUnsignedLong(buffer.getInt());
      if (length > buffer.remaining()) {
        throw ServingException.invalid(
            "incomplete string data for "
                + where
                + ", expecting string of length "
                + length
                + " but only "
                + buffer.remaining()
                + " bytes available");
      }
      buffer.position(buffer.position() + (int) length);
      count++;
    }
    if (count != numElements) {
      throw wrongCount(where, numElements, count);
    }
  }
}
