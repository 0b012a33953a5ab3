package dev.gatun.it.manifests;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A command run to its end. */
final class Command {
  private static final int MAX_SECONDS = 60;

  private Command() {}

  /** Exit status and everything it printed. */
  record Result(int status, String output) {}

  static Result run(List<String> command) {
    try {
      // A file, so that a command that prints a lot cannot block on a pipe nobody reads.
      Path output = Files.createTempFile("gatun-command", ".txt");
      try {
        Process process =
            new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        process.getOutputStream().close();
        if (!process.waitFor(MAX_SECONDS, TimeUnit.SECONDS)) {
          process.destroyForcibly();
          throw new AssertionError(command + " ran for more than " + MAX_SECONDS + " s");
        }
        return new Result(process.exitValue(), Files.readString(output, StandardCharsets.UTF_8));
      } finally {
        Files.delete(output);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }

  /** Whether a command is there and succeeds. */
  static boolean isFound(String... command) {
    try {
      return run(List.of(command)).status() == 0;
    } catch (UncheckedIOException _) {
      return false; // no such command
    }
  }
}
