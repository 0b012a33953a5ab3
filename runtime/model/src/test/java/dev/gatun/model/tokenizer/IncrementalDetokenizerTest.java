package dev.gatun.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IncrementalDetokenizerTest {

  private static final int[] NO_PROMPT = {};
  private static final int FIRST_BYTE = 3;
  private static final int HI = 259;
  private static final int SPACE = 260;
  private static final int WORD = 261;

  @TempDir Path dir;

  @Test
  void showsACharacterOnlyWhenItIsWhole() {
    try (Tokenizer tokenizer = byteFallback()) {
      assertThat(stream(tokenizer, NO_PROMPT, bytes("a😀b")))
          .containsExactly("a", "", "", "", "😀", "b", "");
    }
  }

  @Test
  void keepsTheSpaceBetweenWordsButNotTheFirst() {
    try (Tokenizer tokenizer = byteFallback()) {
      assertThat(stream(tokenizer, NO_PROMPT, SPACE, SPACE, WORD, SPACE, SPACE, HI, WORD))
          .containsExactly("", " ", " word", " ", " ", "hi", " word", "");
    }
  }

  @Test
  void keepsTheSpaceAfterThePrompt() {
    try (Tokenizer tokenizer = byteFallback()) {
      assertThat(stream(tokenizer, new int[] {WORD}, WORD)).containsExactly(" word", "");
      assertThat(stream(tokenizer, new int[] {HI, 1}, WORD)).containsExactly(" word", "");
      assertThat(stream(tokenizer, NO_PROMPT, WORD)).containsExactly("word", "");
    }
  }

  @Test
  void skipsSpecialTokensWithoutLosingTheSpaceAfterThem() {
    try (Tokenizer tokenizer = byteFallback()) {
      assertThat(stream(tokenizer, NO_PROMPT, HI, 1, 1, WORD))
          .containsExactly("hi", "", "", " word", "");
    }
  }

  @Test
  void showsSpecialTokensWhenTheyAreNotSkipped() {
    try (Tokenizer tokenizer = OwnTokenizers.load(dir, "bytelevel-512")) {
      IncrementalDetokenizer shown = tokenizer.detokenizer(NO_PROMPT, false);
      IncrementalDetokenizer skipped = tokenizer.detokenizer(NO_PROMPT, true);

      assertThat(shown.append(3)).isEqualTo("<|im_end|>");
      assertThat(skipped.append(3)).isEmpty();
    }
  }

  @Test
  void flushesACharacterThatNeverBecameWhole() {
    try (Tokenizer tokenizer = byteFallback()) {
      int[] ids = {HI, FIRST_BYTE + 0xE6, FIRST_BYTE + 0x97};

      assertThat(stream(tokenizer, NO_PROMPT, ids)).containsExactly("hi", "", "", "\uFFFD\uFFFD");
    }
  }

  @Test
  void neverTakesBackACharacterThatLaterBytesSpoil() {
    try (Tokenizer tokenizer = byteFallback()) {
      int[] ids = Arrays.copyOf(bytes("日"), 5);
      ids[3] = FIRST_BYTE + 0xFF;
      ids[4] = HI;

      assertThat(stream(tokenizer, NO_PROMPT, ids))
          .containsExactly("", "", "日", "", "\uFFFDhi", "");
    }
  }

  @Test
  void completesACharacterThatThePromptBegan() {
    int[] character = bytes("日");
    try (Tokenizer tokenizer = byteFallback()) {
      int[] prompt = {HI, character[0], character[1]};

      assertThat(stream(tokenizer, prompt, character[2], HI)).containsExactly("日", "hi", "");
      assertThat(stream(tokenizer, prompt, HI)).containsExactly("hi", "");
    }
  }

  @Test
  void startsItsWindowAtACharacterOfThePrompt() {
    // Four characters of three bytes: any window of six tokens would do, one of five would not.
    int[] prompt = bytes("x日本語日😀");
    try (Tokenizer tokenizer = byteFallback()) {
      assertThat(stream(tokenizer, prompt, bytes("日"))).containsExactly("", "", "日", "");
    }
  }

  @Test
  void showsAnEndlessRunOfBrokenBytesLateButBounded() {
    try (Tokenizer tokenizer = byteFallback()) {
      IncrementalDetokenizer detokenizer = tokenizer.detokenizer(NO_PROMPT, true);
      StringBuilder text = new StringBuilder();
      for (int i = 0; i < 10_000; i++) {
        text.append(detokenizer.append(FIRST_BYTE + 0x80));
        assertThat(text.length()).isGreaterThan(i - IncrementalDetokenizer.MAX_HELD);
      }
      text.append(detokenizer.flush());

      assertThat(text.toString()).isEqualTo("\uFFFD".repeat(10_000));
    }
  }

  @Test
  void joinsToTheDecodedTextOfRandomTokens() {
    long seed = 20_261_121L;
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    try (Tokenizer tokenizer = OwnTokenizers.load(dir, "bytelevel-600")) {
      for (int round = 0; round < 200; round++) {
        int[] ids = random.ints(1 + random.nextInt(60), 0, tokenizer.vocabSize()).toArray();
        List<String> shown = stream(tokenizer, NO_PROMPT, ids);

        assertThat(String.join("", shown)).isEqualTo(tokenizer.decode(ids, true));
        assertThat(shown.subList(0, ids.length)).noneMatch(text -> text.endsWith("\uFFFD"));
      }
    }
  }

  @Test
  void streamsTenThousandTokens() {
    String text = "the cache holds pages; 日本語 😀 and naïve words\n".repeat(400);
    try (Tokenizer tokenizer = OwnTokenizers.load(dir, "bytelevel-600")) {
      int[] ids = tokenizer.encode(text, false);
      assertThat(ids).hasSizeGreaterThan(10_000);

      assertThat(String.join("", stream(tokenizer, NO_PROMPT, ids))).isEqualTo(text);
    }
  }

  private Tokenizer byteFallback() {
    return OwnTokenizers.loadJson(dir, OwnTokenizers.byteFallbackJson("hi", "▁", "▁word"));
  }

  /** What each append returns, and then what flush returns. */
  private static List<String> stream(Tokenizer tokenizer, int[] prompt, int... ids) {
    IncrementalDetokenizer detokenizer = tokenizer.detokenizer(prompt, true);
    List<String> shown = new ArrayList<>();
    for (int id : ids) {
      shown.add(detokenizer.append(id));
    }
    shown.add(detokenizer.flush());
    return shown;
  }

  private static int[] bytes(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    int[] ids = new int[utf8.length];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = FIRST_BYTE + (utf8[i] & 0xFF);
    }
    return ids;
  }
}
