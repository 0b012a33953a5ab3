package dev.gatun.engine.bench.model;

import dev.gatun.model.directory.ModelDirectory;
import dev.gatun.tensor.Backend;
import dev.gatun.tensor.BackendOptions;
import dev.gatun.tensor.Backends;
import dev.gatun.tensor.Tensor;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/**
 * Time from the start of this process to a first token: {@code FirstToken MODEL [OPTION...]}, with
 * the options of {@link ModelBench}. The JVM, the device, the weights, and a prompt of 32 tokens;
 * without server and tokenizer. The operating system counts starts in hundredths of a second.
 */
public final class FirstToken {
  private static final int PROMPT_TOKENS = 32;

  private FirstToken() {}

  /** See above. */
  public static void main(String[] args) throws IOException {
    Instant born = ProcessHandle.current().info().startInstant().orElseThrow();
    double jvmSeconds = since(born);
    BenchOptions options = new BenchOptions(List.of(args));
    BackendOptions backendOptions =
        new BackendOptions(options.number("threads", 0)).withDtype(options.linearInputs());
    try (ModelDirectory model = ModelDirectory.open(options.model(), options.rounding());
        Backend backend = Backends.discover().open(options.text("backend"), backendOptions)) {
      double openSeconds = since(born);
      StepDriver driver =
          new StepDriver(model, backend, options.kvType(), PROMPT_TOKENS, 1, PROMPT_TOKENS);
      double placedSeconds = since(born);
      int token = argmax(driver.prefill(PROMPT_TOKENS));
      System.out.printf(
          Locale.ROOT,
          "first token %d after %.2f s: JVM %.2f, device %.2f, weights %.2f, prompt %.2f%n",
          token,
          since(born),
          jvmSeconds,
          openSeconds - jvmSeconds,
          placedSeconds - openSeconds,
          since(born) - placedSeconds);
    }
  }

  private static double since(Instant born) {
    return Duration.between(born, Instant.now()).toNanos() / 1e9;
  }

  private static int argmax(Tensor logits) {
    float[] row = new float[logits.rowLength()];
    logits.readFloats(0, 0, row, 0, row.length);
    int best = 0;
    for (int i = 1; i < row.length; i++) {
      best = row[i] > row[best] ? i : best;
    }
    return best;
  }
}
