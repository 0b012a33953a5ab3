package dev.gatun.model.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.gatun.model.tokenizer.SharedTokenizers;
import dev.gatun.model.tokenizer.Tokenizer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Prompts of real templates equal those of transformers, to the id. */
class ChatTemplateGoldenTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "phi-3-mini",
        "qwen2.5",
        "templates-only/qwen3",
        "templates-only/smollm3",
        "templates-only/gpt-oss",
        "templates-only/inst-style"
      })
  void rendersAsTheReference(String name) {
    Path directory = SharedTokenizers.directory(name);
    JsonNode goldens = SharedTokenizers.json(directory.resolve("chat_goldens.json"));
    Clock now =
        Clock.fixed(
            LocalDateTime.parse(goldens.get("now").asText()).toInstant(ZoneOffset.UTC),
            ZoneOffset.UTC);
    ChatTemplate template = ChatTemplate.load(directory).orElseThrow().withClock(now);

    for (JsonNode golden : goldens.get("cases")) {
      if (golden.has("error")) {
        assertThatThrownBy(() -> template.render(variables(golden)))
            .as("%s %s", golden.get("id"), golden.get("error"))
            .isInstanceOf(ChatTemplateException.class);
      } else {
        assertThat(template.render(variables(golden)))
            .as("%s", golden.get("id"))
            .isEqualTo(golden.get("rendered").asText());
      }
    }
    if (Files.exists(directory.resolve("tokenizer.json"))) {
      assertIds(directory, goldens);
    }
  }

  private static void assertIds(Path directory, JsonNode goldens) {
    try (Tokenizer tokenizer = Tokenizer.load(directory)) {
      for (JsonNode golden : goldens.get("cases")) {
        if (golden.has("ids")) {
          assertThat(tokenizer.encode(golden.get("rendered").asText(), false))
              .as("%s", golden.get("id"))
              .isEqualTo(SharedTokenizers.ints(golden.get("ids")));
        }
      }
    }
  }

  private static Map<String, Object> variables(JsonNode golden) {
    Map<String, Object> all =
        new ObjectMapper().convertValue(golden, new TypeReference<Map<String, Object>>() {});
    Map<String, Object> variables = new HashMap<>();
    variables.put("messages", all.get("messages"));
    variables.put("add_generation_prompt", all.get("add_generation_prompt"));
    if (all.containsKey("tools")) {
      variables.put("tools", all.get("tools"));
    }
    if (all.get("template_kwargs") instanceof Map<?, ?> kwargs) {
      kwargs.forEach((key, value) -> variables.put((String) key, value));
    }
    return variables;
  }
}
