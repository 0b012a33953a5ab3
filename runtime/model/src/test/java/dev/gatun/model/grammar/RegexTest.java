package dev.gatun.model.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RegexTest {

  private static final long SEED = 20_260_729L;
  private static final String ALPHABET = "aab0-_ .é€𝄞\n\"";

  /** java.util.regex with the same idea of a dot. */
  private static Pattern oracle(String pattern) {
    return Pattern.compile(pattern, Pattern.UNIX_LINES);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a*b", "(a|b)+0{2,3}", "[a-c]{1,3}é?", "[^ab]*", ".*", "a.b", "\\d+-\\w*", "\\D\\W\\S\\s",
        "(?:aa|a)(?:ab|b)?", "a{0}b", "(a?){3}", "(a*)*b", "(|a)b", "[\\d.]+", "[é-€]+", "𝄞{2}|a",
        "a{2,}?b", "[\\u00e9a]*", "\\x61+", "^ab$|^b$", "[a-]+", "(a|ab)(c|bcd)?(d*)"
      })
  void agreesWithJavaOnRandomTexts(String pattern) {
    CompiledGrammar grammar = Vocabularies.regex(pattern);
    Pattern oracle = oracle(pattern);
    Random random = new Random(SEED);

    for (int i = 0; i < 500; i++) {
      String text = text(random, 7);
      assertThat(Vocabularies.accepts(grammar, text))
          .as("seed %s pattern %s text <%s>", SEED, pattern, text)
          .isEqualTo(oracle.matcher(text).matches());
    }
    RandomWalk walk = new RandomWalk(grammar, SEED);
    for (int i = 0; i < 20; i++) {
      String text = walk.next(12, "b0");
      assertThat(oracle.matcher(text).matches()).as("%s <%s>", pattern, text).isTrue();
    }
  }

  @Test
  void agreesWithJavaOnRandomPatterns() {
    Random random = new Random(SEED);
    int numMatches = 0;
    for (int i = 0; i < 400; i++) {
      String pattern = pattern(random, 3);
      CompiledGrammar grammar = Vocabularies.regex(pattern);
      Pattern oracle = oracle(pattern);
      for (int j = 0; j < 40; j++) {
        String text = text(random, 5);
        boolean isMatch = oracle.matcher(text).matches();
        numMatches += isMatch ? 1 : 0;
        assertThat(Vocabularies.accepts(grammar, text))
            .as("seed %s pattern %s text <%s>", SEED, pattern, text)
            .isEqualTo(isMatch);
      }
    }
    assertThat(numMatches).as("texts that match, or nothing was tested").isGreaterThan(500);
  }

  @Test
  void refusesABeginningThatNothingCanComplete() {
    CompiledGrammar grammar = Vocabularies.regex("ab(cd|ce)");

    assertThat(Vocabularies.numAccepted(grammar, "abce")).isEqualTo(4);
    assertThat(Vocabularies.numAccepted(grammar, "abx")).isEqualTo(2);
    assertThat(Vocabularies.accepts(grammar, "abc")).isFalse();
  }

  @Test
  void splitsCharactersAtTheirBytes() {
    CompiledGrammar grammar = Vocabularies.regex("[à-ÿ]");
    GrammarMatcher matcher = grammar.newMatcher();

    assertThat(matcher.accept(0xC2)).as("no character of the class begins so").isFalse();
    assertThat(matcher.accept(0xC3)).isTrue();
    assertThat(matcher.isComplete()).isFalse();
    assertThat(matcher.accept(0x9F)).isFalse();
    assertThat(matcher.accept(0xA9)).isTrue();
    assertThat(matcher.isComplete()).isTrue();
    assertThat(matcher.mustEnd()).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      quoteCharacter = '`',
      value = {
        "a(?=b) ~ look-around",
        "(?<!a)b ~ look-around",
        "(a)\\1 ~ back reference",
        "\\bword ~ boundary",
        "a++ ~ possessive",
        "a** ~ quantifier",
        "*a ~ nothing to repeat",
        "\\p{L} ~ \\p",
        "(?i)a ~ (?i",
        "a^b ~ anchor",
        "(a ~ ')' is missing",
        "a) ~ without its '('",
        "[a ~ too early",
        "a{3,2} ~ wrong order",
        "[z-a] ~ bad range",
        "a{99999} ~ repetitions",
        "[[:alpha:]] ~ [:"
      })
  void refusesByName(String pattern, String named) {
    assertThatThrownBy(() -> Vocabularies.regex(pattern))
        .isInstanceOf(GrammarException.class)
        .hasMessageContaining(named);
  }

  private static String text(Random random, int maxLength) {
    int[] letters = ALPHABET.codePoints().toArray();
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(maxLength + 1); i > 0; i--) {
      text.appendCodePoint(letters[random.nextInt(letters.length)]);
    }
    return text.toString();
  }

  private static String pattern(Random random, int depth) {
    String[] atoms = {"a", "b", "é", "0", ".", "[ab]", "[^a]", "\\w", "\\d", "\\S", "[a-é]", "€"};
    if (depth == 0) {
      return atoms[random.nextInt(atoms.length)];
    }
    String one = pattern(random, depth - 1);
    String other = pattern(random, random.nextInt(depth));
    String[] quantifiers = {"*", "+", "?", "{2}", "{1,2}", "{0,3}", "{2,}"};
    return switch (random.nextInt(4)) {
      case 0 -> "(" + one + "|" + other + ")";
      case 1 -> "(" + one + ")" + quantifiers[random.nextInt(quantifiers.length)];
      default -> one + other;
    };
  }
}
