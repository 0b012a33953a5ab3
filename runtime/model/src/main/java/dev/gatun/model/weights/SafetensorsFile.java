package dev.gatun.model.weights;

import dev.gatun.model.ModelLoadException;
import dev.gatun.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One safetensors file, mapped read-only. Layout:
 *
 * <pre>
 *   0        8                 8 + headerBytes              file size
 *   | u64 LE | JSON header     | tensor data                |
 * </pre>
 */
final class SafetensorsFile {
  private static final ValueLayout.OfLong U64 =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final Map<String, Tensor> tensors;
  private final long sizeBytes;

  private SafetensorsFile(Map<String, Tensor> tensors, long sizeBytes) {
    this.tensors = tensors;
    this.sizeBytes = sizeBytes;
  }

  /**
   * Maps a file and checks its header.
   *
   * @param arena owns the mapping
   * @throws ModelLoadException naming file, tensor, value and limit
   */
  static SafetensorsFile open(Path path, Arena arena) {
    String file = path.getFileName().toString();
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      long size = channel.size();
      if (size < Long.BYTES) {
        throw new ModelLoadException(
            file + ": " + size + " bytes, a safetensors file has at least 8");
      }
      MemorySegment mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, size, arena);
      return new SafetensorsFile(readTensors(file, mapped), size);
    } catch (IOException e) {
      throw new ModelLoadException(file + ": cannot be read: " + e.getMessage(), e);
    }
  }

  private static Map<String, Tensor> readTensors(String file, MemorySegment mapped) {
    long headerBytes = mapped.get(U64, 0);
    long available = mapped.byteSize() - Long.BYTES;
    // The length is unsigned: from 2^63 on it reads as negative.
    if (headerBytes < 0 || headerBytes > SafetensorsHeader.MAX_HEADER_BYTES) {
      throw new ModelLoadException(
          "%s: header of %s bytes, the limit is %d"
              .formatted(
                  file, Long.toUnsignedString(headerBytes), SafetensorsHeader.MAX_HEADER_BYTES));
    }
    if (headerBytes > available) {
      throw new ModelLoadException(
          "%s: header of %d bytes in a file with %d behind its length: truncated?"
              .formatted(file, headerBytes, available));
    }
    MemorySegment header = mapped.asSlice(Long.BYTES, headerBytes);
    MemorySegment data = mapped.asSlice(Long.BYTES + headerBytes);
    List<TensorEntry> entries =
        SafetensorsHeader.parse(file, header.asByteBuffer(), data.byteSize());
    Map<String, Tensor> tensors = LinkedHashMap.newLinkedHashMap(entries.size());
    for (TensorEntry entry : entries) {
      MemorySegment bytes = data.asSlice(entry.begin(), entry.end() - entry.begin());
      tensors.put(entry.name(), Tensor.of(entry.dtype(), entry.shape(), bytes));
    }
    return tensors;
  }

  /** Tensors by name, in the order of their data. */
  Map<String, Tensor> tensors() {
    return tensors;
  }

  long sizeBytes() {
    return sizeBytes;
  }
}
