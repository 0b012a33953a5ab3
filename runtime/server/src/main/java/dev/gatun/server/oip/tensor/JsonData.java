package dev.gatun.server.oip.tensor;

import com.fasterxml.jackson.core.JsonGenerator;
import com.google.protobuf.ByteString;
import dev.gatun.engine.api.ServingException;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;

/** Writes the elements of tensors as JSON values. */
public final class JsonData {
  private JsonData() {}

  /**
   * Writes all elements, flat and without brackets around them.
   *
   * @throws ServingException INVALID_ARGUMENT naming the tensor if JSON cannot say a value: FP16,
   *     BF16, NaN, infinity, bytes that are not UTF-8
   */
  public static void write(InferTensor tensor, JsonGenerator json) throws IOException {
    switch (tensor.datatype()) {
      case FP16, BF16 -> throw unsayable(tensor, "elements of " + tensor.datatype());
      case BYTES -> {
        for (ByteString element : RawElements.bytes(tensor)) {
          json.writeString(text(tensor, element));
        }
      }
      case BOOL, UINT8, UINT16, UINT32, UINT64, INT8, INT16, INT32, INT64, FP32, FP64 -> {
        ByteBuffer buffer = RawElements.buffer(tensor.data());
        while (buffer.hasRemaining()) {
          writeNumber(tensor, buffer, json);
        }
      }
    }
  }

  private static void writeNumber(InferTensor tensor, ByteBuffer buffer, JsonGenerator json)
      throws IOException {
    switch (tensor.datatype()) {
      case BOOL -> json.writeBoolean(buffer.get() != 0);
      case UINT64 -> {
        long value = buffer.getLong();
        if (value >= 0) {
          json.writeNumber(value);
        } else {
          json.writeNumber(new BigInteger(Long.toUnsignedString(value)));
        }
      }
      case FP32 -> {
        float value = buffer.getFloat();
        if (!Float.isFinite(value)) {
          throw unsayable(tensor, "the value " + value);
        }
        json.writeNumber(value);
      }
      case FP64 -> {
        double value = buffer.getDouble();
        if (!Double.isFinite(value)) {
          throw unsayable(tensor, "the value " + value);
        }
        json.writeNumber(value);
      }
      case UINT8, UINT16, UINT32, INT8, INT16, INT32, INT64 ->
          json.writeNumber(RawElements.integer(buffer, tensor.datatype()));
      case FP16, BF16, BYTES ->
          throw new IllegalArgumentException(tensor.datatype() + " is not a JSON number");
    }
  }

  private static String text(InferTensor tensor, ByteString element) {
    try {
      return RawElements.text(element);
    } catch (CharacterCodingException _) {
      throw unsayable(tensor, "bytes that are not UTF-8");
    }
  }

  private static ServingException unsayable(InferTensor tensor, String what) {
    return ServingException.invalid(
        "output '"
            + tensor.name()
            + "' has "
            + what
            + ", which JSON cannot carry; request it with"
            + " binary_data");
  }
}
