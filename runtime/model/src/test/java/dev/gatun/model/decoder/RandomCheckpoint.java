package dev.gatun.model.decoder;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Writes a model directory with random weights under Hugging Face's names. */
final class RandomCheckpoint {
  private final Random random;
  private final DType dtype;
  private final List<String> entries = new ArrayList<>();
  private final List<byte[]> data = new ArrayList<>();
  private long offset;

  RandomCheckpoint(DType dtype, long seed) {
    this.dtype = dtype;
    random = new Random(seed);
  }

  /** A linear layer of Hugging Face's: {@code name.weight} and perhaps {@code name.bias}. */
  RandomCheckpoint linear(String name, int out, int in, boolean hasBias) {
    tensor(name + ".weight", 0, 1 / Math.sqrt(in), out, in);
    return hasBias ? tensor(name + ".bias", 0, 0.5, out) : this;
  }

  /** Norm weights around 1. */
  RandomCheckpoint norm(String name, int size) {
    return tensor(name + ".weight", 1, 0.2, size);
  }

  private RandomCheckpoint tensor(String name, double mean, double deviation, long... dims) {
    Shape shape = Shape.of(dims);
    byte[] bytes = new byte[Math.toIntExact(shape.numElements() * dtype.bytes())];
    // A view of the array, for Tensor rounds to the stored type.
    Tensor tensor =
        Tensor.of(dtype, Shape.of(1, shape.numElements()), MemorySegment.ofArray(bytes));
    for (long i = 0; i < shape.numElements(); i++) {
      tensor.setFloat(0, i, (float) (mean + deviation * random.nextGaussian()));
    }
    entries.add(
        "\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
            .formatted(name, dtype, shape, offset, offset + bytes.length));
    data.add(bytes);
    offset += bytes.length;
    return this;
  }

  void write(Path directory, String config) throws IOException {
    Files.writeString(directory.resolve("config.json"), config);
    byte[] header = ("{" + String.join(",", entries) + "}").getBytes(StandardCharsets.UTF_8);
    ByteBuffer file =
        ByteBuffer.allocate(Math.toIntExact(8 + header.length + offset))
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(header.length)
            .put(header);
    data.forEach(file::put);
    Files.write(directory.resolve("model.safetensors"), file.array());
  }
}
