package dev.gatun.model.golden;

import dev.gatun.model.directory.ModelDirectory;
import dev.gatun.model.spec.WeightRounding;
import dev.gatun.tensor.Backend;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * What rounding costs in perplexity. The text is drawn from the model itself in floats: what it
 * would say is what it must be good at, and on no other text does a model lose more when it is
 * disturbed. The expected logarithm of the ratio is then the Kullback-Leibler divergence.
 */
public final class Perplexity {
  private static final int NUM_SEQUENCES = 16;
  private static final int NUM_TOKENS = 200;
  private static final int MAX_TOKENS = 512;
  private static final int BOS = 1;

  private final Path directory;
  private final Backend backend;
  private final List<int[]> text = new ArrayList<>();
  private final double logarithm;

  /** Draws the text and measures floats on it. The seed is printed. */
  public Perplexity(Path directory, Backend backend, long seed) {
    this.directory = directory;
    this.backend = backend;
    System.out.println("Perplexity: seed " + seed);
    Random random = new Random(seed);
    try (ModelDirectory model = ModelDirectory.open(directory)) {
      DecoderDriver driver = new DecoderDriver(model, backend, 16, MAX_TOKENS, 1, seed);
      for (int i = 0; i < NUM_SEQUENCES; i++) {
        text.add(draw(driver, random));
      }
      logarithm = logarithm(driver);
    }
  }

  private static int[] draw(DecoderDriver driver, Random random) {
    int[] tokens = new int[NUM_TOKENS];
    tokens[0] = BOS;
    DecoderDriver.Sequence sequence = driver.sequence(new int[] {BOS});
    for (int i = 1; i < NUM_TOKENS; i++) {
      tokens[i] = draw(driver.prefill(sequence).getLast(), random);
      sequence.append(tokens[i]);
    }
    driver.free(sequence);
    return tokens;
  }

  private static int draw(float[] logits, Random random) {
    double left = random.nextDouble();
    for (int token = 0; token < logits.length; token++) {
      left -= Math.exp(DecoderDriver.logprob(logits, token));
      if (left < 0) {
        return token;
      }
    }
    return DecoderDriver.argmax(logits);
  }

  /** Mean negative log probability of a token. */
  private double logarithm(DecoderDriver driver) {
    double sum = 0;
    for (int[] tokens : text) {
      DecoderDriver.Sequence sequence = driver.sequence(tokens);
      List<float[]> logits = driver.prefill(sequence);
      driver.free(sequence);
      for (int i = 1; i < tokens.length; i++) {
        sum -= DecoderDriver.logprob(logits.get(i - 1), tokens[i]);
      }
    }
    return sum / (NUM_SEQUENCES * (NUM_TOKENS - 1));
  }

  /** Perplexity of the rounded model over that of floats. */
  public double ratio(WeightRounding rounding) {
    try (ModelDirectory model = ModelDirectory.open(directory, rounding)) {
      DecoderDriver driver = new DecoderDriver(model, backend, 16, MAX_TOKENS, 1, 1);
      double ratio = Math.exp(logarithm(driver) - logarithm);
      System.out.printf(
          "Perplexity: %.4f in floats on %s, %s %+.2f %%%n",
          Math.exp(logarithm), backend.name(), rounding, 100 * (ratio - 1));
      return ratio;
    }
  }
}
