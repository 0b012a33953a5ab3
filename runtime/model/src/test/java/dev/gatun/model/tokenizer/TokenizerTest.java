package dev.gatun.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatun.model.ModelLoadException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenizerTest {

  @TempDir Path dir;

  @Test
  void addsTheTokensOfThePostProcessorOnlyWhenAsked() {
    try (Tokenizer tokenizer = OwnTokenizers.load(dir, "wordpiece-640")) {
      int[] plain = tokenizer.encode("the page", false);
      int[] special = tokenizer.encode("the page", true);

      assertThat(special).hasSize(plain.length + 2).startsWith(2).endsWith(3);
      assertThat(tokenizer.decode(special, true)).isEqualTo("the page");
      assertThat(tokenizer.decode(special, false)).isEqualTo("[CLS] the page [SEP]");
    }
  }

  @Test
  void ignoresTruncationAndPaddingOfTheFile() {
    String json =
        OwnTokenizers.json("wordpiece-640")
            .replaceFirst(
                "\"truncation\": ?null",
                "\"truncation\":{\"direction\":\"Right\",\"max_length\":4,"
                    + "\"strategy\":\"LongestFirst\",\"stride\":0}")
            .replaceFirst(
                "\"padding\": ?null",
                "\"padding\":{\"strategy\":{\"Fixed\":4},\"direction\":\"Right\","
                    + "\"pad_to_multiple_of\":null,\"pad_id\":0,\"pad_type_id\":0,"
                    + "\"pad_token\":\"[PAD]\"}");
    assertThat(json).contains("LongestFirst", "Fixed");

    try (Tokenizer tokenizer = OwnTokenizers.loadJson(dir, json)) {
      assertThat(tokenizer.encode("a", false)).hasSize(1);
      assertThat(tokenizer.encode("a a a a a a a a", false)).hasSize(8);
    }
  }

  @Test
  void findsPiecesAndAddedTokensByTextAndById() {
    String json =
        OwnTokenizers.json("bytelevel-512")
            .replaceFirst(
                "\"added_tokens\": ?\\[",
                "\"added_tokens\":[{\"id\":700,\"content\":\"<late>\",\"single_word\":false,"
                    + "\"lstrip\":false,\"rstrip\":false,\"normalized\":false,\"special\":false},");

    try (Tokenizer tokenizer = OwnTokenizers.loadJson(dir, json)) {
      assertThat(tokenizer.vocabSize()).isEqualTo(701);
      assertThat(tokenizer.tokenId("<late>")).hasValue(700);
      assertThat(tokenizer.token(700)).contains("<late>");
      assertThat(tokenizer.tokenId("<|im_end|>")).hasValue(3);
      int id = tokenizer.encode(" ", false)[0];
      assertThat(tokenizer.token(id)).contains("Ġ");
      assertThat(tokenizer.tokenText(id)).isEqualTo(" ");
      assertThat(tokenizer.tokenText(3)).isEqualTo("<|im_end|>");
      assertThat(tokenizer.tokenId("no such piece")).isEmpty();
      assertThat(tokenizer.token(699)).isEmpty();
      assertThat(tokenizer.token(-1)).isEmpty();
      assertThat(tokenizer.token(701)).isEmpty();
    }
  }

  @Test
  void leavesUnknownIdsOutOfTheText() {
    try (Tokenizer tokenizer = OwnTokenizers.load(dir, "bytelevel-512")) {
      int a = tokenizer.encode("a", false)[0];

      assertThat(tokenizer.decode(new int[] {-1, a, 512, Integer.MAX_VALUE, a}, false))
          .isEqualTo("aa");
      assertThat(tokenizer.decode(new int[0], false)).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"\uD83D", "\uDE00", "a\uD83Db", "\uDE00\uD83D", "\uD83D\uD83D\uDE00"})
  void readsUnpairedSurrogatesAsReplacementCharacters(String text) {
    int[] codePoints =
        text.codePoints().map(c -> c >= 0xD800 && c <= 0xDFFF ? 0xFFFD : c).toArray();
    String wellFormed = new String(codePoints, 0, codePoints.length);

    try (Tokenizer tokenizer = OwnTokenizers.load(dir, "bytelevel-600")) {
      int[] ids = tokenizer.encode(text, false);

      assertThat(tokenizer.decode(ids, false)).isEqualTo(wellFormed);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\u0000", "a\u0000b", "😀 pair", "line\r\nnext", "e\u0301"})
  void bringsTextBackUnchanged(String text) {
    try (Tokenizer tokenizer = OwnTokenizers.load(dir, "bytelevel-600")) {
      assertThat(tokenizer.decode(tokenizer.encode(text, true), false)).isEqualTo(text);
    }
  }

  @Test
  void servesManyThreadsAtOnce() throws Exception {
    String text = "the cache holds pages of the book ".repeat(20);
    try (Tokenizer tokenizer = OwnTokenizers.load(dir, "bytelevel-600");
        ExecutorService threads = Executors.newFixedThreadPool(8)) {
      int[] expected = tokenizer.encode(text, false);
      List<Callable<int[]>> calls = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        calls.add(() -> tokenizer.encode(tokenizer.decode(expected, false), false));
      }

      for (Future<int[]> result : threads.invokeAll(calls)) {
        assertThat(result.get()).isEqualTo(expected);
      }
    }
  }

  @Test
  void refusesCallsAfterClose() {
    Tokenizer tokenizer = OwnTokenizers.load(dir, "bytelevel-512");
    tokenizer.close();
    tokenizer.close();

    assertThatThrownBy(() -> tokenizer.encode("a", false))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
  }

  @Test
  void namesTheFileThatIsMissing() {
    assertThatThrownBy(() -> Tokenizer.load(dir))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining(dir.resolve("tokenizer.json").toString())
        .hasMessageContaining("does not exist");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{\"model\":",
        "{}",
        "{\"model\":{\"type\":\"BPE\"}}",
        "{\"model\":{\"vocab\":{\"a\":\"b\"}}}",
        "{\"model\":{\"vocab\":{\"a\":-1}}}",
        "{\"model\":{\"vocab\":{\"a\":4194304}}}",
        "{\"added_tokens\":[{\"id\":1}],\"model\":{\"vocab\":{\"a\":0}}}",
        "{\"model\":{\"type\":\"Unheard\",\"vocab\":{\"a\":0}}}"
      })
  void refusesAFileThatIsNoTokenizer(String json) throws Exception {
    Files.writeString(dir.resolve("tokenizer.json"), json);

    assertThatThrownBy(() -> Tokenizer.load(dir))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("tokenizer.json");
  }

  @Test
  void neverHasFewerTokensThanItsLowerBound() {
    try (Tokenizer tokenizer = OwnTokenizers.load(dir, "bytelevel-512")) {
      for (String piece : List.of("a", " ", "\n", "the ", "\u00e9", "\ud83d\ude00", "<|im_end|>")) {
        String text = piece.repeat(2000);
        int bound = tokenizer.minTokens(text);
        assertThat(bound).as(piece).isPositive();
        assertThat(tokenizer.encode(text, false)).as(piece).hasSizeGreaterThanOrEqualTo(bound);
      }
    }
  }

  @Test
  void knowsNoLowerBoundWhereTextIsNormalised() {
    try (Tokenizer tokenizer = OwnTokenizers.load(dir, "wordpiece-640")) {
      assertThat(tokenizer.minTokens("a".repeat(100_000))).isZero();
    }
  }

  @Test
  void takesAHomeThatCannotBeWrittenForUnusable() throws Exception {
    Path file = Files.createFile(dir.resolve("file"));

    assertThat(NativeTokenizers.isWritable(dir)).isTrue();
    assertThat(NativeTokenizers.isWritable(file)).isFalse();
    assertThat(NativeTokenizers.isWritable(Path.of("?"))).isFalse();
  }
}
