package dev.gatun.server.oip.tensor;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.google.protobuf.ByteString;
import dev.gatun.engine.api.ErrorCode;
import dev.gatun.engine.api.ServingException;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * A JSON array somewhere in a request body, nested in any way. Kept as its place in the body and
 * read element by element, so that a large tensor never exists as a tree of nodes.
 *
 * @param body not modified; the array stands at [offset, offset + length)
 */
public record JsonSource(JsonFactory json, byte[] body, int offset, int length)
    implements TensorSource {

  /** What JSON may expand to: two characters can become an element of eight bytes. */
  public static final long MAX_TENSOR_BYTES = 64L << 20;

  private static final BigInteger UINT64_END = BigInteger.ONE.shiftLeft(64);

  @Override
  public ByteString read(String where, Datatype datatype, long numElements) {
    if (datatype.isRawOnly()) {
      throw ServingException.invalid(
          where + " is " + datatype + ", which JSON cannot carry; send it as binary data");
    }
    if (datatype != Datatype.BYTES) {
      long numBytes = Shapes.numBytes(numElements, datatype, where);
      if (numBytes > MAX_TENSOR_BYTES) {
        throw ServingException.invalid(
            where
                + " has "
                + numBytes
                + " bytes, more than the "
                + MAX_TENSOR_BYTES
                + " that JSON may carry; send it as binary data");
      }
    }
    RawWriter out = new RawWriter();
    long count = 0;
    try (JsonParser parser = json.createParser(body, offset, length)) {
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        if (token == JsonToken.START_ARRAY || token == JsonToken.END_ARRAY) {
          continue;
        }
        if (count < numElements) {
          write(where, datatype, parser, out);
        } else if (token == JsonToken.START_OBJECT) {
          throw wrongType(where, datatype, parser);
        }
        count++;
      }
    } catch (IOException e) {
      throw new ServingException(
          ErrorCode.INVALID_ARGUMENT,
          "data of " + where + " cannot be read: " + JsonMessages.of(e),
          e);
    }
    if (count != numElements) {
      throw ServingException.invalid(
          "unexpected number of elements "
              + count
              + " for "
              + where
              + ", expecting "
              + numElements);
    }
    return out.finish();
  }

  private static void write(String where, Datatype datatype, JsonParser parser, RawWriter out)
      throws IOException {
    switch (datatype) {
      case BOOL -> out.int8(bool(where, parser) ? 1 : 0);
      case UINT8, UINT16, UINT32, INT8, INT16, INT32 ->
          out.integer(
              datatype, TypedSource.inRange(where, datatype, integer(where, datatype, parser)));
      case INT64 -> out.int64(integer(where, datatype, parser));
      case UINT64 -> out.int64(unsigned(where, parser));
      case FP32 -> {
        float value = number(where, datatype, parser).getFloatValue();
        out.int32(Float.floatToRawIntBits((float) finite(where, datatype, value, parser)));
      }
      case FP64 -> {
        double value = number(where, datatype, parser).getDoubleValue();
        out.int64(Double.doubleToRawLongBits(finite(where, datatype, value, parser)));
      }
      case BYTES -> out.bytes(text(where, parser));
      case FP16, BF16 -> throw new IllegalStateException(datatype + " is refused before");
    }
  }

  private static boolean bool(String where, JsonParser parser) {
    return switch (parser.currentToken()) {
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case null, default -> throw wrongType(where, Datatype.BOOL, parser);
    };
  }

  private static long integer(String where, Datatype datatype, JsonParser parser)
      throws IOException {
    if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT) {
      throw wrongType(where, datatype, parser);
    }
    if (parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER) {
      throw ServingException.invalid(
          "value " + shown(parser) + " of " + where + " is outside " + datatype);
    }
    return parser.getLongValue();
  }

  private static long unsigned(String where, JsonParser parser) throws IOException {
    if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT) {
      throw wrongType(where, Datatype.UINT64, parser);
    }
    BigInteger value = parser.getBigIntegerValue();
    if (value.signum() < 0 || value.compareTo(UINT64_END) >= 0) {
      throw ServingException.invalid(
          "value " + shown(parser) + " of " + where + " is outside " + Datatype.UINT64);
    }
    return value.longValue();
  }

  private static JsonParser number(String where, Datatype datatype, JsonParser parser) {
    JsonToken token = parser.currentToken();
    if (token == null || !token.isNumeric()) {
      throw wrongType(where, datatype, parser);
    }
    return parser;
  }

  private static double finite(String where, Datatype datatype, double value, JsonParser parser)
      throws IOException {
    if (!Double.isFinite(value)) {
      throw ServingException.invalid(
          "value " + shown(parser) + " of " + where + " is outside " + datatype);
    }
    return value;
  }

  private static ByteString text(String where, JsonParser parser) throws IOException {
    if (parser.currentToken() != JsonToken.VALUE_STRING) {
      throw wrongType(where, Datatype.BYTES, parser);
    }
    try {
      return ByteString.copyFrom(
          StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(parser.getText())));
    } catch (CharacterCodingException _) {
      throw ServingException.invalid("a string of " + where + " has half a surrogate pair");
    }
  }

  private static ServingException wrongType(String where, Datatype datatype, JsonParser parser) {
    return ServingException.invalid(
        "data of "
            + where
            + " has "
            + JsonMessages.aKind(parser.currentToken())
            + " where "
            + datatype
            + " was expected");
  }

  private static String shown(JsonParser parser) throws IOException {
    String text = parser.getText();
    return text.length() <= 40 ? text : text.substring(0, 40) + "...";
  }
}
