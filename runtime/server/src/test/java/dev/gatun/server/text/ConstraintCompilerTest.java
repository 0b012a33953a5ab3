package dev.gatun.server.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatun.engine.api.ServingException;
import dev.gatun.engine.api.TokenConstraint;
import dev.gatun.engine.api.TokenMatcher;
import dev.gatun.model.grammar.Constraint;
import dev.gatun.server.testing.TestModels;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class ConstraintCompilerTest {
  private static final Constraint ANY = new Constraint.Regex("(.|\\n)*");

  private static long[] firstMask(ConstraintCompiler compiler, int vocabSize) {
    long[] mask = new long[(vocabSize + 63) / 64];
    TokenMatcher matcher = compiler.compile("guided_regex", ANY).newMatcher();
    assertThat(matcher.fillMask(mask)).isTrue();
    return mask;
  }

  private static int numTokens(long[] mask) {
    return Arrays.stream(mask).mapToInt(Long::bitCount).sum();
  }

  @Test
  void masksFitTheVocabularyOfTheEngineNotThatOfTheTokenizer() {
    int tokens = TestModels.TOKENIZER.vocabSize();
    int[] eos = {TestModels.EOS, tokens + 5};

    long[] smaller = firstMask(new ConstraintCompiler(TestModels.TOKENIZER, 100, eos), 100);
    long[] larger =
        firstMask(new ConstraintCompiler(TestModels.TOKENIZER, tokens + 90, eos), tokens + 90);

    assertThat(smaller[1] >>> 36).as("bits from 100 on").isZero();
    assertThat(numTokens(smaller)).isBetween(50, 100);
    assertThat(numTokens(larger)).isBetween(tokens / 2, tokens);
    assertThat(larger[0] >>> TestModels.EOS & 1).isEqualTo(1);
  }

  @Test
  void manyRequestsCompileAtOnceAndShareWhatIsTheSame() throws Exception {
    ConstraintCompiler compiler = new ConstraintCompiler(TestModels.TOKENIZER, 512, new int[] {3});
    try (ExecutorService calls = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<TokenConstraint>> made =
          IntStream.range(0, 200)
              .mapToObj(
                  i ->
                      calls.submit(
                          () ->
                              compiler.compile(
                                  "guided_regex",
                                  new Constraint.Regex("a{1," + (i % 10 + 1) + "}"))))
              .toList();
      for (int i = 0; i < made.size(); i++) {
        assertThat(made.get(i).get()).isEqualTo(made.get(i % 10).get());
      }
    }
  }

  @Test
  void aFailureWhileARequestRunsNamesTheFieldAndTheLimit() {
    ConstraintCompiler compiler = new ConstraintCompiler(TestModels.TOKENIZER, 512, new int[] {3});
    // Only what follows the first character opens too many alternatives.
    Constraint hostile = new Constraint.Regex("a(a?b?c?){7000}");
    TokenMatcher matcher = compiler.compile("guided_regex", hostile).newMatcher();

    assertThatThrownBy(() -> matcher.fillMask(new long[8]))
        .isInstanceOf(ServingException.class)
        .hasMessageContainingAll("guided_regex", "output token 0", "alternatives open at once");
  }
}
