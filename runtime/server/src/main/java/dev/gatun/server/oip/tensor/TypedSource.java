package dev.gatun.server.oip.tensor;

import com.google.protobuf.ByteString;
import dev.gatun.engine.api.ServingException;
import dev.gatun.proto.inference.InferTensorContents;

/** Elements in the field of {@link InferTensorContents} that fits their datatype. */
public record TypedSource(InferTensorContents contents) implements TensorSource {

  @Override
  public ByteString read(String where, Datatype datatype, long numElements) {
    if (datatype.isRawOnly()) {
      throw ServingException.invalid(
          where + " is " + datatype + ", which has no typed contents; send it raw");
    }
    int count = count(datatype);
    int others = total() - count;
    if (others > 0) {
      throw ServingException.invalid(
          where
              + " is "
              + datatype
              + " but has "
              + others
              + " elements in contents of other types");
    }
    if (datatype == Datatype.BYTES) {
      if (count != numElements) {
        throw RawSource.wrongCount(where, numElements, count);
      }
    } else {
      RawSource.checkByteSize(
          where,
          Shapes.numBytes(numElements, datatype, where),
          (long) count * datatype.elementBytes());
    }
    return write(where, datatype);
  }

  private int count(Datatype datatype) {
    return switch (datatype) {
      case BOOL -> contents.getBoolContentsCount();
      case UINT8, UINT16, UINT32 -> contents.getUintContentsCount();
      case UINT64 -> contents.getUint64ContentsCount();
      case INT8, INT16, INT32 -> contents.getIntContentsCount();
      case INT64 -> contents.getInt64ContentsCount();
      case FP32 -> contents.getFp32ContentsCount();
      case FP64 -> contents.getFp64ContentsCount();
      case BYTES -> contents.getBytesContentsCount();
      case FP16, BF16 -> 0;
    };
  }

  private int total() {
    return contents.getBoolContentsCount()
        + contents.getUintContentsCount()
        + contents.getUint64ContentsCount()
        + contents.getIntContentsCount()
        + contents.getInt64ContentsCount()
        + contents.getFp32ContentsCount()
        + contents.getFp64ContentsCount()
        + contents.getBytesContentsCount();
  }

  private ByteString write(String where, Datatype datatype) {
    RawWriter out = new RawWriter();
    int count = count(datatype);
    for (int i = 0; i < count; i++) {
      switch (datatype) {
        case BOOL -> out.int8(contents.getBoolContents(i) ? 1 : 0);
        case UINT8, UINT16, UINT32 ->
            out.integer(
                datatype,
                inRange(where, datatype, Integer.toUnsignedLong(contents.getUintContents(i))));
        case INT8, INT16, INT32 ->
            out.integer(datatype, inRange(where, datatype, contents.getIntContents(i)));
        case UINT64 -> out.int64(contents.getUint64Contents(i));
        case INT64 -> out.int64(contents.getInt64Contents(i));
        case FP32 -> out.int32(Float.floatToRawIntBits(contents.getFp32Contents(i)));
        case FP64 -> out.int64(Double.doubleToRawLongBits(contents.getFp64Contents(i)));
        case BYTES -> out.bytes(contents.getBytesContents(i));
        case FP16, BF16 -> throw new IllegalStateException(datatype + " has no typed contents");
      }
    }
    return out.finish();
  }

  /** Small integers ride in 32-bit fields; cutting them silently would change the request. */
  static long inRange(String where, Datatype datatype, long value) {
    if (value < datatype.minInteger() || value > datatype.maxInteger()) {
      throw ServingException.invalid(
          "value "
              + value
              + " of "
              + where
              + " is outside "
              + datatype
              + ", which takes "
              + datatype.minInteger()
              + " to "
              + datatype.maxInteger());
    }
    return value;
  }
}
