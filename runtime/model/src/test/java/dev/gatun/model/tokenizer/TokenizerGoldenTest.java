package dev.gatun.model.tokenizer;

import static dev.gatun.model.tokenizer.SharedTokenizers.elements;
import static dev.gatun.model.tokenizer.SharedTokenizers.ints;
import static dev.gatun.model.tokenizer.SharedTokenizers.strings;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ids and text of real tokenizers equal those of the Python library. */
class TokenizerGoldenTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "gpt2",
        "roberta-base",
        "falcon",
        "phi-3-mini",
        "t5-small",
        "qwen2.5",
        "bert-minilm"
      })
  void encodesAndDecodesAsTheReference(String name) {
    Path directory = SharedTokenizers.directory(name);
    JsonNode goldens = SharedTokenizers.json(directory.resolve("goldens.json"));

    try (Tokenizer tokenizer = Tokenizer.load(directory)) {
      SoftAssertions softly = new SoftAssertions();
      for (JsonNode golden : goldens.get("cases")) {
        String text = golden.get("text").asText();
        int[] ids = ints(golden.get("ids"));
        softly.assertThat(tokenizer.encode(text, true)).as("ids of %s", text).isEqualTo(ids);
        softly
            .assertThat(tokenizer.encode(text, false))
            .as("plain ids of %s", text)
            .isEqualTo(ints(golden.get("ids_plain")));
        List<String> pieces = strings(golden.get("tokens"));
        for (int i = 0; i < ids.length; i++) {
          // The reference shows the surface text of unknown words and of stripped added tokens.
          if (tokenizer.tokenId(pieces.get(i)).isPresent()) {
            softly.assertThat(tokenizer.token(ids[i])).contains(pieces.get(i));
            softly.assertThat(tokenizer.tokenId(pieces.get(i))).hasValue(ids[i]);
          }
        }
        softly.assertThat(tokenizer.decode(ids, false)).isEqualTo(golden.get("decoded").asText());
        softly
            .assertThat(tokenizer.decode(ids, true))
            .isEqualTo(golden.get("decoded_skip").asText());
      }
      for (JsonNode golden : goldens.get("decode_only")) {
        int[] ids = ints(golden.get("ids"));
        softly
            .assertThat(tokenizer.decode(ids, golden.has("bytes_hex")))
            .isEqualTo(golden.get("decoded").asText());
      }
      softly
          .assertThat(tokenizer.vocabSize())
          .isGreaterThanOrEqualTo(goldens.get("vocab_size").asInt());
      softly.assertAll();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "roberta-base", "falcon", "phi-3-mini", "t5-small", "qwen2.5"})
  void streamsTheTextOfTheReference(String name) {
    Path directory = SharedTokenizers.directory(name);
    JsonNode goldens = SharedTokenizers.json(directory.resolve("goldens.json"));

    try (Tokenizer tokenizer = Tokenizer.load(directory)) {
      SoftAssertions softly = new SoftAssertions();
      int numStreams = 0;
      for (String part : List.of("cases", "decode_only", "continuation")) {
        for (JsonNode golden : elements(goldens.get(part)).filter(c -> c.has("stream")).toList()) {
          int[] prompt = golden.has("prompt_ids") ? ints(golden.get("prompt_ids")) : new int[0];
          int[] ids = ints(firstOf(golden, "generated_ids", "ids_plain", "ids"));
          IncrementalDetokenizer detokenizer = tokenizer.detokenizer(prompt, true);
          List<String> stream = new ArrayList<>();
          for (int id : ids) {
            stream.add(detokenizer.append(id));
          }
          softly.assertThat(stream).as("%s", golden).isEqualTo(strings(golden.get("stream")));
          softly
              .assertThat(detokenizer.flush())
              .as("%s", golden)
              .isEqualTo(golden.get("stream_flush").asText());
          numStreams++;
        }
      }
      softly.assertAll();
      assertThat(numStreams).isGreaterThan(40);
    }
  }

  private static JsonNode firstOf(JsonNode golden, String... names) {
    return Arrays.stream(names).filter(golden::has).map(golden::get).findFirst().orElseThrow();
  }
}
