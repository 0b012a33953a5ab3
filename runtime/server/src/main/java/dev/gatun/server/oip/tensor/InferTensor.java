package dev.gatun.server.oip.tensor;

import com.google.protobuf.ByteString;
import java.util.List;

/**
 * A checked tensor in raw form.
 *
 * @param shape sizes of the dimensions, none negative; empty for a single element
 * @param data exactly the elements of the shape, little-endian; each BYTES element preceded by its
 *     length in four bytes
 */
public record InferTensor(String name, Datatype datatype, List<Long> shape, ByteString data) {

  public InferTensor {
    shape = List.copyOf(shape);
  }

  /** A BYTES tensor of shape [texts]. */
  public static InferTensor ofTexts(String name, List<String> texts) {
    RawWriter writer = new RawWriter();
    texts.forEach(text -> writer.bytes(ByteString.copyFromUtf8(text)));
    return new InferTensor(name, Datatype.BYTES, List.of((long) texts.size()), writer.finish());
  }

  /** A UINT32 tensor of shape [values]. */
  public static InferTensor ofUint32(String name, int... values) {
    RawWriter writer = new RawWriter();
    for (int value : values) {
      writer.int32(value);
    }
    return new InferTensor(name, Datatype.UINT32, List.of((long) values.length), writer.finish());
  }

  /** An FP32 tensor of shape [values]. */
  public static InferTensor ofFp32(String name, float... values) {
    RawWriter writer = new RawWriter();
    for (float value : values) {
      writer.int32(Float.floatToRawIntBits(value));
    }
    return new InferTensor(name, Datatype.FP32, List.of((long) values.length), writer.finish());
  }

  /** The same elements under another name. */
  public InferTensor renamed(String newName) {
    return new InferTensor(newName, datatype, shape, data);
  }

  public long numElements() {
    return Shapes.numElements(shape, "tensor '" + name + "'");
  }
}
