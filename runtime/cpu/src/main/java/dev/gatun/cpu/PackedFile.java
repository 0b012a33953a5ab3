package dev.gatun.cpu;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * A file of named pieces of memory, each at a multiple of {@link #ALIGNMENT}; integers are little
 * endian:
 *
 * <pre>
 *   magic, i64 | bytes of the index, i32 | CRC-32C of the index, i32
 *   index: for each piece  bytes of its name, i32 | name, UTF-8 | offset, i64 | bytes, i64
 *   pieces
 * </pre>
 *
 * A file that is cut short or whose index is damaged is refused; the pieces have no checksum, as
 * the weight files that they come from have none. Stateless.
 */
final class PackedFile {
  private static final long MAGIC = 0x3130_4b43_4150_5447L; // "GTPACK01"
  private static final int PREFIX_BYTES = 16;
  private static final int MAX_INDEX_BYTES = 64 << 20;
  private static final long ALIGNMENT = 4096;

  /** What is handed to one write. */
  private static final long PIECE_BYTES = 64L << 20;

  private PackedFile() {}

  /**
   * Maps every piece for reading.
   *
   * @throws IOException if the file cannot be read or is not whole, saying which
   */
  static Map<String, MemorySegment> map(Path file, Arena arena) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      ByteBuffer prefix = read(channel, 0, PREFIX_BYTES);
      if (prefix.getLong() != MAGIC) {
        throw new IOException("it is no file of packed weights");
      }
      int indexBytes = prefix.getInt();
      int checksum = prefix.getInt();
      if (indexBytes < 0 || indexBytes > MAX_INDEX_BYTES) {
        throw new IOException("its index is said to have " + indexBytes + " bytes");
      }
      ByteBuffer index = read(channel, PREFIX_BYTES, indexBytes);
      if (checksum(index) != checksum) {
        throw new IOException("its index does not have the checksum written beside it");
      }
      return pieces(index, channel.map(MapMode.READ_ONLY, 0, channel.size(), arena));
    }
  }

  private static ByteBuffer read(FileChannel channel, long at, int bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, at + buffer.position()) < 0) {
        throw new IOException("it ends after " + channel.size() + " bytes, within its index");
      }
    }
    return buffer.flip();
  }

  private static int checksum(ByteBuffer index) {
    CRC32C crc = new CRC32C();
    crc.update(index.duplicate());
    return (int) crc.getValue();
  }

  private static Map<String, MemorySegment> pieces(ByteBuffer index, MemorySegment whole)
      throws IOException {
    Map<String, MemorySegment> pieces = new LinkedHashMap<>();
    while (index.hasRemaining()) {
      byte[] name = new byte[index.getInt()];
      index.get(name);
      long offset = index.getLong();
      long bytes = index.getLong();
      if (bytes > whole.byteSize() - offset) {
        throw new IOException(
            "it has %d bytes, a piece lies at %d to %d"
                .formatted(whole.byteSize(), offset, offset + bytes));
      }
      pieces.put(new String(name, StandardCharsets.UTF_8), whole.asSlice(offset, bytes));
    }
    return pieces;
  }

  /**
   * Writes a new file, down to the disk.
   *
   * @throws IOException if it exists, cannot be written or this thread is interrupted; a part of it
   *     may be there
   */
  static void write(Path file, Map<String, MemorySegment> pieces) throws IOException {
    ByteBuffer index = index(pieces);
    ByteBuffer prefix = ByteBuffer.allocate(PREFIX_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    prefix.putLong(MAGIC).putInt(index.remaining()).putInt(checksum(index)).flip();
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      long at = aligned(PREFIX_BYTES + index.remaining());
      write(channel, prefix, 0);
      write(channel, index, PREFIX_BYTES);
      for (MemorySegment piece : pieces.values()) {
        write(channel, piece, at);
        at = aligned(at + piece.byteSize());
      }
      channel.force(true);
    }
  }

  private static ByteBuffer index(Map<String, MemorySegment> pieces) {
    int indexBytes = 0;
    for (String name : pieces.keySet()) {
      indexBytes += 2 * Long.BYTES + Integer.BYTES + name.getBytes(StandardCharsets.UTF_8).length;
    }
    ByteBuffer index = ByteBuffer.allocate(indexBytes).order(ByteOrder.LITTLE_ENDIAN);
    long at = aligned(PREFIX_BYTES + indexBytes);
    for (Map.Entry<String, MemorySegment> piece : pieces.entrySet()) {
      byte[] name = piece.getKey().getBytes(StandardCharsets.UTF_8);
      long bytes = piece.getValue().byteSize();
      index.putInt(name.length).put(name).putLong(at).putLong(bytes);
      at = aligned(at + bytes);
    }
    return index.flip();
  }

  private static void write(FileChannel channel, MemorySegment piece, long at) throws IOException {
    for (long from = 0; from < piece.byteSize(); from += PIECE_BYTES) {
      long bytes = Math.min(PIECE_BYTES, piece.byteSize() - from);
      write(channel, piece.asSlice(from, bytes).asByteBuffer(), at + from);
    }
  }

  private static void write(FileChannel channel, ByteBuffer bytes, long at) throws IOException {
    long position = at;
    while (bytes.hasRemaining()) {
      position += channel.write(bytes, position);
    }
  }

  private static long aligned(long bytes) {
    return Math.ceilDiv(bytes, ALIGNMENT) * ALIGNMENT;
  }
}
