package dev.gatun.model.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Whatever is done to a template, it renders or fails with a JinjaException. */
class JinjaFuzzTest {

  private static final int ROUNDS = 20_000;
  private static final String ALPHABET = "{}%#-+|()[]'\"\\.,:~*/<>=! \n019aeix_üé😀\u0000";

  @Test
  void neverFailsInAnyOtherWay() throws IOException {
    JsonNode file;
    try (InputStream in = JinjaFuzzTest.class.getResourceAsStream("/jinja_cases.json")) {
      file = new ObjectMapper().readTree(in);
    }
    List<Map<String, Object>> contexts =
        new ObjectMapper().convertValue(file.get("contexts"), new TypeReference<>() {});
    List<String> templates = new ArrayList<>();
    file.get("cases").forEach(golden -> templates.add(golden.get("template").asText()));
    long seed = 20_261_121L;
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    int numRendered = 0;
    for (int round = 0; round < ROUNDS; round++) {
      String template = mutated(templates, random);
      Map<String, Object> context = contexts.get(random.nextInt(contexts.size()));
      try {
        JinjaTemplate.parse(template).render(context, () -> LocalDateTime.of(2025, 1, 1, 0, 0));
        numRendered++;
      } catch (JinjaException e) {
        assertThat(e.getMessage()).isNotNull();
      } catch (RuntimeException | StackOverflowError e) {
        fail("round " + round + ": " + template, e);
      }
    }

    assertThat(numRendered).isBetween(ROUNDS / 20, ROUNDS);
  }

  private static String mutated(List<String> templates, Random random) {
    StringBuilder template = new StringBuilder(templates.get(random.nextInt(templates.size())));
    int numChanges = 1 + random.nextInt(4);
    for (int i = 0; i < numChanges; i++) {
      int at = random.nextInt(template.length() + 1);
      switch (random.nextInt(4)) {
        case 0 -> template.insert(at, ALPHABET.charAt(random.nextInt(ALPHABET.length())));
        case 1 -> template.delete(at, Math.min(template.length(), at + 1 + random.nextInt(6)));
        case 2 -> {
          String other = templates.get(random.nextInt(templates.size()));
          int from = random.nextInt(other.length() + 1);
          template.insert(at, other, from, Math.min(other.length(), from + random.nextInt(30)));
        }
        default -> {
          if (at < template.length()) {
            template.setCharAt(at, ALPHABET.charAt(random.nextInt(ALPHABET.length())));
          }
        }
      }
    }
    return template.toString();
  }
}
