package dev.gatun.server.oip.tensor;

import dev.gatun.proto.inference.DataType;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Element types of the protocol; constants are named as on the wire. */
public enum Datatype {
  BOOL(1, DataType.TYPE_BOOL),
  UINT8(1, DataType.TYPE_UINT8),
  UINT16(2, DataType.TYPE_UINT16),
  UINT32(4, DataType.TYPE_UINT32),
  UINT64(8, DataType.TYPE_UINT64),
  INT8(1, DataType.TYPE_INT8),
  INT16(2, DataType.TYPE_INT16),
  INT32(4, DataType.TYPE_INT32),
  INT64(8, DataType.TYPE_INT64),
  FP16(2, DataType.TYPE_FP16),
  BF16(2, DataType.TYPE_BF16),
  FP32(4, DataType.TYPE_FP32),
  FP64(8, DataType.TYPE_FP64),
  BYTES(-1, DataType.TYPE_STRING);

  private static final Map<String, Datatype> BY_NAME =
      Arrays.stream(values()).collect(Collectors.toMap(Datatype::name, Function.identity()));

  private final int elementBytes;
  private final DataType configType;

  Datatype(int elementBytes, DataType configType) {
    this.elementBytes = elementBytes;
    this.configType = configType;
  }

  public static Optional<Datatype> of(String wireName) {
    return Optional.ofNullable(BY_NAME.get(wireName));
  }

  /** Bytes of one element; -1 for BYTES, whose elements differ. */
  public int elementBytes() {
    return elementBytes;
  }

  /** The name model configurations use. */
  public DataType configType() {
    return configType;
  }

  /** FP16 and BF16 exist in the raw form alone. */
  public boolean isRawOnly() {
    return this == FP16 || this == BF16;
  }

  /** Lowest value of an integer type of at most 32 bits. */
  long minInteger() {
    return switch (this) {
      case INT8 -> Byte.MIN_VALUE;
      case INT16 -> Short.MIN_VALUE;
      case INT32 -> Integer.MIN_VALUE;
      case BOOL, UINT8, UINT16, UINT32, UINT64, INT64, FP16, BF16, FP32, FP64, BYTES -> 0;
    };
  }

  /** Highest value of an integer type of at most 32 bits. */
  long maxInteger() {
    return switch (this) {
      case UINT8 -> 0xFFL;
      case UINT16 -> 0xFFFFL;
      case UINT32 -> 0xFFFFFFFFL;
      case INT8 -> Byte.MAX_VALUE;
      case INT16 -> Short.MAX_VALUE;
      case INT32 -> Integer.MAX_VALUE;
      case BOOL, UINT64, INT64, FP16, BF16, FP32, FP64, BYTES -> 0;
    };
  }
}
