package dev.gatun.server.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

/**
 * The file in which Kubernetes looks for the reason why a container ended, and from which KServe
 * copies it into the status of the service. Kubernetes makes the file; where there is none nothing
 * is written.
 */
final class TerminationLog {
  /** Environment variable for a container with another {@code terminationMessagePath}. */
  static final String VARIABLE = "GATUN_TERMINATION_LOG";

  /** Kubernetes cuts what is longer. */
  static final int MAX_BYTES = 4096;

  private static final String DEFAULT = "/dev/termination-log";

  private final Path file;

  TerminationLog(Map<String, String> environment) {
    file = Path.of(environment.getOrDefault(VARIABLE, DEFAULT));
  }

  /** Writes the reason; a failure to do so is told to {@code err} and changes nothing else. */
  void write(String reason, PrintStream err) {
    if (!Files.isWritable(file)) {
      return;
    }
    try {
      Files.write(file, cut(reason));
    } catch (IOException e) {
      err.println("error: cannot write " + file + ": " + e.getMessage());
    }
  }

  /** At most the bound's bytes of UTF-8, and no half of a character. */
  private static byte[] cut(String reason) {
    ByteBuffer bytes = ByteBuffer.allocate(MAX_BYTES);
    StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(reason), bytes, true);
    return Arrays.copyOf(bytes.array(), bytes.position());
  }
}
