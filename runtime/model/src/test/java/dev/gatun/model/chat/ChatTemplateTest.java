package dev.gatun.model.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatun.model.ModelLoadException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChatTemplateTest {

  private static final Map<String, Object> HELLO =
      Map.of("messages", List.of(Map.of("role", "user", "content", "Hello")));

  @TempDir Path dir;

  @Test
  void isEmptyWhereTheModelHasNone() {
    assertThat(ChatTemplate.load(dir)).isEmpty();

    write("tokenizer_config.json", "{\"bos_token\":\"<s>\",\"chat_template\":null}");
    assertThat(ChatTemplate.load(dir)).isEmpty();
  }

  @Test
  void prefersTheTemplateFile() {
    write("chat_template.jinja", "file {{ messages[0].content }}{{ bos_token }}\n");
    write("tokenizer_config.json", "{\"bos_token\":\"<s>\",\"chat_template\":\"config\"}");
    write("chat_template.json", "{\"chat_template\":\"json\"}");

    assertThat(load().render(HELLO)).isEqualTo("file Hello<s>");
  }

  @Test
  void takesTheTemplateOfTheConfigBeforeThatOfTheProcessor() {
    write("chat_template.json", "{\"chat_template\":\"json {{ eos_token is defined }}\"}");
    assertThat(load().render(HELLO)).isEqualTo("json False");

    write("tokenizer_config.json", "{\"chat_template\":\"config\"}");
    assertThat(load().render(HELLO)).isEqualTo("config");
  }

  @Test
  void choosesANamedTemplateByTheTools() {
    write(
        "tokenizer_config.json",
        """
        {"chat_template":[{"name":"tool_use","template":"tools {{ tools|length }}"},
                          {"name":"default","template":"plain"}]}
        """);

    assertThat(load().render(HELLO)).isEqualTo("plain");
    assertThat(load().render(Map.of("messages", List.of(), "tools", List.of(1))))
        .isEqualTo("tools 1");
  }

  @Test
  void findsAdditionalTemplateFiles() {
    write("chat_template.jinja", "plain");
    write("additional_chat_templates/tool_use.jinja", "tools");

    assertThat(load().render(HELLO)).isEqualTo("plain");
    assertThat(load().render(Map.of("tools", List.of()))).isEqualTo("tools");
  }

  @Test
  void takesTheOnlyNamedTemplateWhateverItsName() {
    write("tokenizer_config.json", "{\"chat_template\":[{\"name\":\"rag\",\"template\":\"rag\"}]}");

    assertThat(load().render(HELLO)).isEqualTo("rag");
  }

  @Test
  void passesSpecialTokensAsTextHoweverTheyAreWritten() {
    write(
        "tokenizer_config.json",
        """
        {"bos_token":{"content":"<s>","lstrip":false},"eos_token":"</s>","pad_token":null,
         "unk_token":"<unk>","chat_template":
         "{{ bos_token }}{{ eos_token }}{{ unk_token }}{{ pad_token is defined }}"}
        """);

    assertThat(load().render(HELLO)).isEqualTo("<s></s><unk>False");
    assertThat(load().render(Map.of("bos_token", "mine"))).startsWith("mine</s>");
  }

  @Test
  void definesToolsAndDocumentsAsNoneAndNoGenerationPrompt() {
    ChatTemplate template =
        ChatTemplate.parse(
            "{{ tools }} {{ documents }} {{ add_generation_prompt }} {{ bos_token is defined }}",
            null,
            "</s>");

    assertThat(template.render(HELLO)).isEqualTo("None None False False");
    assertThat(template.render(Map.of("add_generation_prompt", true, "tools", List.of())))
        .isEqualTo("[] None True False");
  }

  @Test
  void showsTheTimeOfItsClock() {
    Clock clock = Clock.fixed(Instant.parse("2025-02-03T04:05:06Z"), ZoneOffset.ofHours(1));
    ChatTemplate template = ChatTemplate.parse("{{ strftime_now('%d %b %Y %H:%M') }}", "", "");

    assertThat(template.withClock(clock).render(HELLO)).isEqualTo("03 Feb 2025 05:05");
  }

  @Test
  void reportsWhatTheTemplateRaisesInItsOwnWords() {
    ChatTemplate template = ChatTemplate.parse("{{ raise_exception('no ' ~ 1) }}", "", "");

    assertThatThrownBy(() -> template.render(HELLO))
        .isInstanceOf(ChatTemplateException.class)
        .hasMessage("no 1");
  }

  @Test
  void namesTheLineWhereATemplateFails() {
    ChatTemplate template = ChatTemplate.parse("\n{{ messages[9].content }}", "", "");

    assertThatThrownBy(() -> template.render(HELLO))
        .isInstanceOf(ChatTemplateException.class)
        .hasMessageContaining("line 2: list object has no element 9");
  }

  @Test
  void refusesASourceThatCannotBeParsed() {
    assertThatThrownBy(() -> ChatTemplate.parse("{% if %}", "", ""))
        .isInstanceOf(ChatTemplateException.class)
        .hasMessageContaining("line 1");

    write("chat_template.jinja", "\n{{ x|nosuch }}");
    assertThatThrownBy(() -> ChatTemplate.load(dir))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("chat_template.jinja")
        .hasMessageContaining("line 2: no filter named 'nosuch'");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{",
        "{\"chat_template\":5}",
        "{\"chat_template\":{}}",
        "{\"chat_template\":[5]}",
        "{\"chat_template\":[{\"name\":\"default\"}]}",
        "{\"chat_template\":[{\"name\":\"a\",\"template\":\"\"},{\"name\":\"b\",\"template\":\"\"}]}",
        "{\"chat_template\":\"x\",\"bos_token\":5}",
        "{\"chat_template\":\"x\",\"bos_token\":{\"content\":5}}"
      })
  void namesTheFileThatItCannotUse(String config) {
    write("tokenizer_config.json", config);

    assertThatThrownBy(() -> ChatTemplate.load(dir))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("tokenizer_config.json");
  }

  private ChatTemplate load() {
    return ChatTemplate.load(dir).orElseThrow();
  }

  private void write(String name, String text) {
    try {
      Path file = dir.resolve(name);
      Files.createDirectories(file.getParent());
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
