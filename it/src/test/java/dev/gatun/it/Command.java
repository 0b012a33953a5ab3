package dev.gatun.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Runs a program in the checkout's root to its end. */
public final class Command {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private Command() {}

  /** How it ended, and what it wrote to either output. */
  public record Result(int status, String output) {}

  public static boolean succeeds(String... command) throws InterruptedException {
    try {
      return run(command).status == 0;
    } catch (IOException e) {
      return false; // No such program.
    }
  }

  /** Output of a program that has to succeed. */
  public static String output(String... command) throws IOException, InterruptedException {
    Result result = run(command);
    assertThat(result.status).as(result.output).isZero();
    return result.output;
  }

  public static Result run(String... command) throws IOException, InterruptedException {
    return run(PATIENCE, List.of(command));
  }

  public static Result run(Duration patience, List<String> command)
      throws IOException, InterruptedException {
    Path file = Files.createTempFile("command", ".out");
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(file.toFile())
              .directory(Checkout.root().toFile())
              .start();
      boolean hasEnded = process.waitFor(patience);
      process.destroyForcibly();
      String output = Files.readString(file, StandardCharsets.UTF_8);
      assertThat(hasEnded).as(output).isTrue();
      return new Result(process.exitValue(), output);
    } finally {
      Files.delete(file);
    }
  }
}
