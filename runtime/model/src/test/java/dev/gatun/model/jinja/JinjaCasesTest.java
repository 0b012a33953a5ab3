package dev.gatun.model.jinja;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Output and failures of the templates in jinja_cases.json are those of Python's Jinja. */
class JinjaCasesTest {

  @Test
  void rendersAndFailsAsPython() throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    JsonNode file;
    try (InputStream in = JinjaCasesTest.class.getResourceAsStream("/jinja_cases.json")) {
      file = mapper.readTree(in);
    }
    List<Map<String, Object>> contexts =
        mapper.convertValue(file.get("contexts"), new TypeReference<>() {});
    LocalDateTime now = LocalDateTime.parse(file.get("now").asText());
    List<String> differences = new ArrayList<>();
    for (JsonNode golden : file.get("cases")) {
      String actual;
      try {
        Map<String, Object> context = contexts.get(golden.get("context").asInt());
        actual =
            "text "
                + JinjaTemplate.parse(golden.get("template").asText()).render(context, () -> now);
      } catch (JinjaException e) {
        actual = "error " + (e.isRaisedByTemplate() ? e.getMessage() : "");
      }
      String expected = expectation(golden);
      if (!actual.equals(expected)) {
        differences.add("%s%n  expected %s%n  but was  %s".formatted(golden, expected, actual));
      }
    }

    assertThat(file.get("cases").size()).isGreaterThan(1000);
    assertThat(differences).isEmpty();
  }

  /** Messages must be equal only where the template itself raised them. */
  private static String expectation(JsonNode golden) {
    if (golden.has("expected")) {
      return "text " + golden.get("expected").asText();
    }
    String error = golden.get("error").asText();
    String raised = "TemplateError: ";
    return "error " + (error.startsWith(raised) ? error.substring(raised.length()) : "");
  }
}
