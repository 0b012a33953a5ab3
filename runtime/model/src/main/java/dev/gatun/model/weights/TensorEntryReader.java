package dev.gatun.model.weights;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.gatun.model.ModelLoadException;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.Shape;
import java.io.IOException;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Reads one tensor of a safetensors header; all arithmetic on its numbers is checked. */
final class TensorEntryReader {
  private static final int MAX_RANK = 8;

  private final String file;
  private final String name;
  private final long dataBytes;

  private @Nullable DType dtype;
  private long @Nullable [] dims;
  private long @Nullable [] offsets;

  TensorEntryReader(String file, String name, long dataBytes) {
    this.file = file;
    this.name = name;
    this.dataBytes = dataBytes;
  }

  /** Reads from behind the opening brace to the closing one. */
  TensorEntry read(JsonParser parser) throws IOException {
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String field = parser.currentName();
      parser.nextToken();
      switch (field) {
        case "dtype" -> dtype = readDType(parser);
        case "shape" -> dims = readNumbers(parser, field, MAX_RANK);
        case "data_offsets" -> offsets = readNumbers(parser, field, 2);
        default -> throw refused("unknown field '" + field + "'");
      }
    }
    return check();
  }

  private DType readDType(JsonParser parser) throws IOException {
    if (parser.currentToken() != JsonToken.VALUE_STRING) {
      throw refused("dtype is not a string");
    }
    String text = parser.getText();
    for (DType candidate : DType.values()) {
      if (candidate.name().equals(text)) {
        return candidate;
      }
    }
    throw refused("dtype '" + text + "' is not supported, only " + Arrays.toString(DType.values()));
  }

  private long[] readNumbers(JsonParser parser, String field, int max) throws IOException {
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      throw refused(field + " is not a list");
    }
    long[] numbers = new long[max];
    int count = 0;
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      if (count == max) {
        throw refused(field + " has more than " + max + " numbers");
      }
      numbers[count++] = readNumber(parser, field);
    }
    return Arrays.copyOf(numbers, count);
  }

  private long readNumber(JsonParser parser, String field) throws IOException {
    boolean isLong =
        parser.currentToken() == JsonToken.VALUE_NUMBER_INT
            && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER;
    if (!isLong || parser.getLongValue() < 0) {
      throw refused(field + " holds " + parser.getText() + ", not an integer from 0 to 2^63-1");
    }
    return parser.getLongValue();
  }

  private TensorEntry check() {
    if (dtype == null || dims == null || offsets == null) {
      throw refused("dtype, shape or data_offsets is missing");
    }
    if (offsets.length != 2) {
      throw refused("data_offsets has " + offsets.length + " numbers, not 2");
    }
    long begin = offsets[0];
    long end = offsets[1];
    if (begin > end || end > dataBytes) {
      throw refused(
          "data_offsets [%d, %d] do not lie in the %d bytes of data"
              .formatted(begin, end, dataBytes));
    }
    Shape shape = shape(dims);
    long needed = bytes(shape, dtype);
    if (needed != end - begin) {
      throw refused(
          "%s%s needs %d bytes, data_offsets [%d, %d] give %d"
              .formatted(dtype, shape, needed, begin, end, end - begin));
    }
    return new TensorEntry(name, dtype, shape, begin, end);
  }

  private Shape shape(long[] checkedDims) {
    try {
      return Shape.of(checkedDims);
    } catch (IllegalArgumentException e) {
      throw new ModelLoadException(prefix() + e.getMessage(), e);
    }
  }

  private long bytes(Shape shape, DType type) {
    try {
      return Math.multiplyExact(shape.numElements(), type.bytes());
    } catch (ArithmeticException e) {
      throw new ModelLoadException(prefix() + type + shape + " needs more than 2^63-1 bytes", e);
    }
  }

  private ModelLoadException refused(String message) {
    return new ModelLoadException(prefix() + message);
  }

  private String prefix() {
    return String.format(Locale.ROOT, "%s: tensor '%s': ", file, name);
  }
}
