package dev.gatun.engine.bench.model;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Asks {@code native/bench/read_probe.c}, a process of its own, how fast memory can be read right
 * now. It sleeps while it is not asked.
 */
final class ReadProbe implements AutoCloseable {
  private final @Nullable Process process;
  private final @Nullable BufferedReader answers;
  private final @Nullable Writer questions;

  /** Without a program every answer is NaN. */
  ReadProbe(String program, int numThreads) throws IOException {
    if (program.isEmpty() || !Files.isExecutable(Path.of(program))) {
      System.err.println("no read probe" + (program.isEmpty() ? "" : " at " + program));
      process = null;
      answers = null;
      questions = null;
      return;
    }
    process =
        new ProcessBuilder(program, Integer.toString(numThreads))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    answers = process.inputReader(StandardCharsets.US_ASCII);
    questions = process.outputWriter(StandardCharsets.US_ASCII);
  }

  /** Bytes per second that all threads together read. */
  double bytesPerSecond() {
    if (answers == null || questions == null) {
      return Double.NaN;
    }
    try {
      questions.write('\n');
      questions.flush();
      String line = answers.readLine();
      if (line == null) {
        throw new IllegalStateException("the read probe ended");
      }
      return Double.parseDouble(line) * 1e9;
    } catch (IOException e) {
      throw new UncheckedIOException("the read probe", e);
    }
  }

  @Override
  public void close() {
    if (process != null) {
      process.destroy();
    }
  }
}
