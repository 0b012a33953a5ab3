package dev.gatun.model.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.IntStream;

/** Comparisons of a decoder with goldens, for the tests of every backend. */
public final class GoldenChecks {
  private GoldenChecks() {}

  /**
   * A prompt's last logits, log-probabilities and greedy continuation, as far as float32 rounding
   * explains.
   *
   * @param maxSteps greedy tokens to compute
   */
  public static void exact(DecoderDriver driver, GoldenPrompt prompt, int maxSteps) {
    DecoderDriver.Sequence sequence = driver.sequence(prompt.ids());
    List<float[]> logits = driver.prefill(sequence);
    lastLogits(prompt, logits.getLast());
    logprobs(prompt, logits);
    greedy(prompt, driver, sequence, logits.getLast(), maxSteps);
    driver.free(sequence);
  }

  private static void lastLogits(GoldenPrompt prompt, float[] last) {
    assertThat(last).hasSameSizeAs(prompt.fullLogits());
    for (int id = 0; id < last.length; id++) {
      assertThat((double) last[id])
          .as("%s: last logit of %d", prompt, id)
          .isCloseTo(prompt.fullLogits()[id], within(prompt.logitTolerance()));
    }
  }

  private static void logprobs(GoldenPrompt prompt, List<float[]> logits) {
    double[] expected = prompt.promptLogprobs();
    for (int i = 1; i < expected.length; i++) {
      assertThat(DecoderDriver.logprob(logits.get(i - 1), prompt.ids()[i]))
          .as("%s: logprob at %d", prompt, i)
          .isCloseTo(expected[i], within(GoldenPrompt.logprobTolerance()));
    }
  }

  private static void greedy(
      GoldenPrompt prompt,
      DecoderDriver driver,
      DecoderDriver.Sequence sequence,
      float[] first,
      int maxSteps) {
    GoldenPrompt.Greedy greedy = prompt.greedy();
    float[] logits = first;
    for (int step = 0; step < Math.min(maxSteps, greedy.compareUntil()); step++) {
      int token = DecoderDriver.argmax(logits);
      assertThat(token).as("%s: token of step %d", prompt, step).isEqualTo(greedy.ids()[step]);
      sequence.append(token);
      logits = driver.prefill(sequence).getLast();
    }
  }

  /** The last logits where something is rounded to 8 bits: within 5 % of the largest. */
  public static void near(String label, GoldenPrompt prompt, float[] last) {
    double bound = 0.05 * Math.max(1, prompt.logitAbsMax());
    double worst = 0;
    for (int id = 0; id < last.length; id++) {
      worst = Math.max(worst, Math.abs(last[id] - prompt.fullLogits()[id]));
    }
    assertThat(worst).as("%s: worst logit", label).isLessThanOrEqualTo(bound);
    int best = DecoderDriver.argmax(prompt.fullLogits());
    long larger = IntStream.range(0, last.length).filter(id -> last[id] > last[best]).count();
    assertThat(larger).as("%s: tokens above the best", label).isLessThan(3);
  }
}
