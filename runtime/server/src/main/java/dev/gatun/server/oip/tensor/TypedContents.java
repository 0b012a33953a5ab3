package dev.gatun.server.oip.tensor;

import dev.gatun.proto.inference.InferTensorContents;
import java.nio.ByteBuffer;

/** Writes tensors in their typed form. */
public final class TypedContents {
  private TypedContents() {}

  /**
   * The elements in the field of their datatype.
   *
   * @throws IllegalArgumentException for FP16 and BF16, which have none
   */
  public static InferTensorContents of(InferTensor tensor) {
    InferTensorContents.Builder contents = InferTensorContents.newBuilder();
    Datatype datatype = tensor.datatype();
    if (datatype == Datatype.BYTES) {
      return contents.addAllBytesContents(RawElements.bytes(tensor)).build();
    }
    ByteBuffer buffer = RawElements.buffer(tensor.data());
    while (buffer.hasRemaining()) {
      switch (datatype) {
        case BOOL -> contents.addBoolContents(buffer.get() != 0);
        case UINT8, UINT16, UINT32 ->
            contents.addUintContents((int) RawElements.integer(buffer, datatype));
        case INT8, INT16, INT32 ->
            contents.addIntContents((int) RawElements.integer(buffer, datatype));
        case UINT64 -> contents.addUint64Contents(buffer.getLong());
        case INT64 -> contents.addInt64Contents(buffer.getLong());
        case FP32 -> contents.addFp32Contents(buffer.getFloat());
        case FP64 -> contents.addFp64Contents(buffer.getDouble());
        case FP16, BF16, BYTES ->
            throw new IllegalArgumentException(datatype + " has no typed contents");
      }
    }
    return contents.build();
  }
}
