package dev.gatun.server.text;

import static dev.gatun.server.testing.TestModels.EOS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.engine.api.GenerateRequest;
import dev.gatun.engine.api.SamplingParams;
import dev.gatun.server.testing.FakeEngine;
import dev.gatun.server.testing.TestModels;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Random outputs and stop lists against the plain rule: decode all, cut at the first stop. */
final class TextPropertyTest {
  private static final int NUM_CASES = 400;
  private static final int[] PROMPT = TestModels.encode("x");

  @Test
  void streamedTextEqualsWholeTextEqualsPlainCut() throws InterruptedException {
    long seed = 20260707L;
    System.out.println("TextPropertyTest seed " + seed);
    Random random = new Random(seed);
    int numStopped = 0;
    for (int i = 0; i < NUM_CASES; i++) {
      int[] output = randomOutput(random);
      List<String> stops = randomStops(random, output);
      boolean includesStop = random.nextBoolean();

      TextChunk whole = open(output, stops, includesStop).readAll();
      String streamed = stream(open(output, stops, includesStop));

      String expected = plainCut(decode(output), stops, includesStop);
      assertThat(whole.text()).as("case %d, stops %s", i, stops).isEqualTo(expected);
      assertThat(streamed).as("case %d, stops %s", i, stops).isEqualTo(expected);
      numStopped += whole.finished().stopReason() == null ? 0 : 1;
    }
    assertThat(numStopped).isBetween(NUM_CASES / 5, NUM_CASES * 4 / 5);
  }

  /** Few different tokens, so that overlaps are frequent; some are parts of characters. */
  private static int[] randomOutput(Random random) {
    int[] alphabet = {68, 69, 70, 224, 260, 262, 261, 425};
    int[] smile = TestModels.encode("😀");
    List<Integer> output = new ArrayList<>();
    int length = 1 + random.nextInt(24);
    while (output.size() < length) {
      if (random.nextInt(8) == 0) {
        for (int id : smile) {
          output.add(id);
        }
      } else {
        output.add(alphabet[random.nextInt(alphabet.length)]);
      }
    }
    return output.stream().mapToInt(Integer::intValue).toArray();
  }

  private static List<String> randomStops(Random random, int[] output) {
    String text = decode(output);
    List<String> stops = new ArrayList<>();
    for (int n = random.nextInt(4); n > 0; n--) {
      if (random.nextBoolean()) {
        int[] points = text.codePoints().toArray();
        int start = random.nextInt(points.length);
        int count = 1 + random.nextInt(Math.min(5, points.length - start));
        stops.add(new String(points, start, count));
      } else {
        stops.add(List.of("zz", "ab c", "😀a😀", " the the").get(random.nextInt(4)));
      }
    }
    return stops;
  }

  private static String plainCut(String text, List<String> stops, boolean includesStop) {
    for (int end = 1; end <= text.length(); end++) {
      for (String stop : stops) {
        if (text.substring(0, end).endsWith(stop)) {
          return text.substring(0, includesStop ? end : end - stop.length());
        }
      }
    }
    return text;
  }

  private static String decode(int[] output) {
    return TestModels.TOKENIZER.decode(output, true);
  }

  private static TextStream open(int[] output, List<String> stops, boolean includesStop) {
    FakeEngine engine = new FakeEngine(EOS).answering(output);
    return TestModels.tiny(engine)
        .generate(
            new TextRequest(
                "p",
                PROMPT,
                SamplingParams.builder().maxTokens(100).build(),
                stops,
                includesStop,
                true,
                GenerateRequest.NO_DEADLINE));
  }

  private static String stream(TextStream stream) throws InterruptedException {
    StringBuilder text = new StringBuilder();
    TextEvent event = stream.next();
    while (!(event instanceof TextEvent.TextFinished)) {
      text.append(((TextEvent.TextDelta) event).text());
      event = stream.next();
    }
    return text.toString();
  }
}
