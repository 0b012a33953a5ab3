package dev.gatun.server.oip.tensor;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Appends little-endian elements. Grows with what is written, never with what a shape claims. */
final class RawWriter {
  private final ByteString.Output out = ByteString.newOutput();

  void int8(int value) {
    out.write(value);
  }

  void int16(int value) {
    out.write(value);
    out.write(value >>> 8);
  }

  void int32(int value) {
    int16(value);
    int16(value >>> 16);
  }

  void int64(long value) {
    int32((int) value);
    int32((int) (value >>> 32));
  }

  /** A BYTES element with its length. */
  void bytes(ByteString element) {
    int32(element.size());
    try {
      element.writeTo(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // Memory does not fail to be written.
    }
  }

  /** An integer of the datatype's size; the value has been checked. */
  void integer(Datatype datatype, long value) {
    switch (datatype.elementBytes()) {
      case 1 -> int8((int) value);
      case 2 -> int16((int) value);
      case 4 -> int32((int) value);
      default -> int64(value);
    }
  }

  ByteString finish() {
    return out.toByteString();
  }
}
