package dev.gatun.model.weights;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes safetensors files byte by byte, malformed ones too. */
public final class SafetensorsBytes {
  private SafetensorsBytes() {}

  /** A file of header length, header and {@code dataBytes} bytes 0, 1, 2, ... */
  public static byte[] of(String header, int dataBytes) {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    return of(json.length, json, dataBytes);
  }

  /** As above with any claimed header length. */
  public static byte[] of(long claimedHeaderBytes, byte[] header, int dataBytes) {
    ByteBuffer out = ByteBuffer.allocate(8 + header.length + dataBytes);
    out.order(ByteOrder.LITTLE_ENDIAN).putLong(claimedHeaderBytes).put(header);
    for (int i = 0; i < dataBytes; i++) {
      out.put((byte) i);
    }
    return out.array();
  }

  /** Header entry of one tensor. */
  public static String entry(String name, String dtype, String shape, long begin, long end) {
    return "\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
        .formatted(name, dtype, shape, begin, end);
  }

  /** Writes a file and returns its directory. */
  public static Path write(Path directory, String name, byte[] content) {
    try {
      Files.write(directory.resolve(name), content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return directory;
  }
}
