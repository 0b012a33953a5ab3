package dev.gatun.engine.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.engine.api.EngineState;
import dev.gatun.engine.api.ErrorCode;
import dev.gatun.engine.api.FinishReason;
import dev.gatun.engine.api.GenerateRequest;
import dev.gatun.engine.api.SamplingParams;
import dev.gatun.engine.api.SamplingParamsBuilder;
import dev.gatun.engine.api.ServingException;
import dev.gatun.engine.api.TokenConstraint;
import dev.gatun.engine.api.TokenMatcher;
import dev.gatun.engine.api.TokenRules;
import dev.gatun.engine.api.TokenStream;
import dev.gatun.model.golden.TestModels;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How a constrained request ends, whatever else it asks for. */
@Timeout(60)
final class ConstrainedEndTest {
  private static final int EOS = 3;
  private static final Path MODEL = TestModels.path("tiny-llama3");

  /**
   * Any of the tokens 20 to 29, {@code minLength} to {@code maxLength} of them, then the end.
   *
   * @param failsAt output tokens after which finding the mask fails
   * @param failure what it fails with
   */
  private record Twenties(
      int minLength, int maxLength, int[] endTokens, int failsAt, RuntimeException failure)
      implements TokenConstraint {

    static Twenties of(int minLength, int maxLength, int... endTokens) {
      return new Twenties(minLength, maxLength, endTokens, -1, null);
    }

    @Override
    public TokenMatcher newMatcher() {
      return new TwentiesMatcher(this);
    }
  }

  private static final class TwentiesMatcher implements TokenMatcher {
    private final Twenties constraint;
    private int length;
    private boolean isTerminated;

    TwentiesMatcher(Twenties constraint) {
      this.constraint = constraint;
    }

    @Override
    public boolean fillMask(long[] mask) {
      if (length == constraint.failsAt) {
        throw constraint.failure;
      }
      Arrays.fill(mask, 0);
      if (length < constraint.maxLength) {
        mask[0] |= 0x3ffL << 20;
      }
      if (isComplete()) {
        for (int id : constraint.endTokens) {
          mask[0] |= 1L << id;
        }
      }
      return mask[0] != 0;
    }

    @Override
    public boolean accept(int tokenId) {
      isTerminated |=
          isComplete() && Arrays.stream(constraint.endTokens).anyMatch(id -> id == tokenId);
      boolean isNext =
          !isTerminated && tokenId >= 20 && tokenId < 30 && length < constraint.maxLength;
      length += isNext ? 1 : 0;
      return isNext || isTerminated;
    }

    @Override
    public boolean isComplete() {
      return length >= constraint.minLength;
    }

    @Override
    public boolean hasEnded() {
      return isTerminated || length == constraint.maxLength;
    }
  }

  private static SamplingParamsBuilder sampling(TokenConstraint constraint) {
    return SamplingParams.builder().temperature(0).maxTokens(30).constraint(constraint);
  }

  private static GenerateRequest request(String id, SamplingParamsBuilder sampling) {
    return new GenerateRequest(
        id, new int[] {1, 50, 60}, sampling.build(), GenerateRequest.NO_DEADLINE);
  }

  private static Streams.Output run(SamplingParamsBuilder sampling) throws InterruptedException {
    try (ModelEngine model =
        ModelEngine.startWithEos(MODEL, LoopMode.OVERLAPPED, 2, 64, 16, 20, EOS)) {
      return model.run(request("r", sampling));
    }
  }

  private static Streams.Output runWithoutEos(SamplingParamsBuilder sampling)
      throws InterruptedException {
    try (ModelEngine model = ModelEngine.start(MODEL, 2, 64, 16, 20)) {
      return model.run(request("r", sampling));
    }
  }

  private static void assertStopped(Streams.Output output, int numTokens) {
    assertThat(output.finished().failure()).isNull();
    assertThat(output.finished().reason()).isEqualTo(FinishReason.STOP);
    assertThat(output.finished().stopTokenId()).isEqualTo(-1);
    assertThat(output.tokens()).hasSize(numTokens).allMatch(id -> id >= 20 && id < 30);
  }

  @Test
  void whatNothingMayFollowHasStopped() throws Exception {
    assertStopped(run(sampling(Twenties.of(4, 4, EOS))), 4);
  }

  @Test
  void itHasStoppedThoughEndOfSequenceIsIgnoredOrTooEarlyOrNotAllowedOrMissing() throws Exception {
    Twenties four = Twenties.of(4, 4, EOS);
    TokenRules rules = new TokenRules(new int[] {21, 22}, new int[0][], new int[0], new float[0]);

    assertStopped(run(sampling(four).ignoreEos(true)), 4);
    assertStopped(run(sampling(four).minTokens(10)), 4);
    assertStopped(run(sampling(four).tokenRules(rules)), 4);
    assertStopped(runWithoutEos(sampling(Twenties.of(4, 4))), 4);
  }

  @Test
  void theLastOfMaxTokensThatCompletesTheTextIsAStop() throws Exception {
    assertStopped(run(sampling(Twenties.of(4, 4, EOS)).maxTokens(4)), 4);
  }

  @Test
  void textCutByMaxTokensIsALength() throws Exception {
    Streams.Output output = run(sampling(Twenties.of(9, 9, EOS)).maxTokens(4));

    assertThat(output.finished().reason()).isEqualTo(FinishReason.LENGTH);
    assertThat(output.tokens()).hasSize(4);
  }

  @Test
  void endOfSequenceMayEndWhatIsCompleteAlsoIfItIsIgnored() throws Exception {
    TokenRules eagerToEnd =
        new TokenRules(new int[0], new int[0][], new int[] {EOS}, new float[] {100});
    for (boolean ignoreEos : new boolean[] {false, true}) {
      Streams.Output output =
          run(sampling(Twenties.of(4, 20, EOS)).tokenRules(eagerToEnd).ignoreEos(ignoreEos));

      assertThat(output.tokens()).hasSize(5).endsWith(EOS);
      assertThat(output.finished().reason()).isEqualTo(FinishReason.STOP);
      assertThat(output.finished().isEndOfSequence()).isTrue();
    }
  }

  @Test
  void minTokensHoldsBackTheEndOfWhatMayGoOn() throws Exception {
    TokenRules eagerToEnd =
        new TokenRules(new int[0], new int[0][], new int[] {EOS}, new float[] {100});

    Streams.Output output =
        run(sampling(Twenties.of(4, 20, EOS)).tokenRules(eagerToEnd).minTokens(9));

    assertThat(output.tokens()).hasSize(10).endsWith(EOS);
  }

  @Test
  void aStopTokenOfTheRequestMayFollowWhatIsComplete() throws Exception {
    TokenRules eager = new TokenRules(new int[0], new int[0][], new int[] {7}, new float[] {100});

    Streams.Output output =
        run(sampling(Twenties.of(4, 20, EOS)).tokenRules(eager).stopTokenIds(7));

    assertThat(output.tokens()).hasSize(5).endsWith(7);
    assertThat(output.finished().reason()).isEqualTo(FinishReason.STOP);
    assertThat(output.finished().stopTokenId()).isEqualTo(7);
  }

  @Test
  void aTextThatIsCompleteEndsWhenOtherRulesLeaveNoToken() throws Exception {
    TokenRules twice =
        new TokenRules(
            new int[] {21, 22},
            new int[][] {{21, 21}, {21, 22}, {22, 21}, {22, 22}},
            new int[0],
            new float[0]);

    assertStopped(run(sampling(Twenties.of(1, 20, EOS)).tokenRules(twice)), 1);
  }

  @Test
  void theEmptyTextIsAnAnswer() throws Exception {
    Streams.Output ended = run(sampling(Twenties.of(0, 0, EOS)));

    assertThat(ended.tokens()).containsExactly(EOS);
    assertThat(ended.finished().reason()).isEqualTo(FinishReason.STOP);
    assertStopped(runWithoutEos(sampling(Twenties.of(0, 0))), 0);
  }

  @Test
  void aConstraintThatLeavesNoTokenFailsItsRequestAlone() throws Exception {
    TokenRules never = new TokenRules(new int[] {90}, new int[0][], new int[0], new float[0]);

    Streams.Output bad = runBesideAGoodOne(sampling(Twenties.of(4, 4, EOS)).tokenRules(never));

    assertThat(bad.tokens()).isEmpty();
    assertThat(bad.finished().failure().code()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
    assertThat(bad.finished().failure()).hasMessageContainingAll("bad", "0 output tokens");
  }

  @Test
  void aConstraintThatCostsTooMuchFailsItsRequestAlone() throws Exception {
    ServingException tooMuch = ServingException.invalidField("guided_regex", "5000001 steps");

    Streams.Output bad =
        runBesideAGoodOne(sampling(new Twenties(9, 9, new int[] {EOS}, 3, tooMuch)));

    assertThat(bad.tokens()).hasSize(3);
    assertThat(bad.finished().failure()).isSameAs(tooMuch);
  }

  @Test
  void aConstraintThatBreaksFailsItsRequestAlone() throws Exception {
    RuntimeException bug = new IllegalStateException("no such state");

    Streams.Output bad = runBesideAGoodOne(sampling(new Twenties(9, 9, new int[] {EOS}, 3, bug)));

    assertThat(bad.finished().failure().code()).isEqualTo(ErrorCode.INTERNAL);
    assertThat(bad.finished().failure()).hasMessageContainingAll("bad", "no such state");
  }

  private static Streams.Output runBesideAGoodOne(SamplingParamsBuilder bad)
      throws InterruptedException {
    try (ModelEngine model =
        ModelEngine.startWithEos(MODEL, LoopMode.OVERLAPPED, 4, 64, 16, 20, EOS)) {
      List<TokenStream> streams =
          model.submitTogether(
              List.of(request("good", sampling(Twenties.of(8, 8, EOS))), request("bad", bad)));
      Streams.Output good = Streams.read(streams.get(0));
      Streams.Output output = Streams.read(streams.get(1));

      assertStopped(good, 8);
      assertThat(output.finished().reason()).isEqualTo(FinishReason.ERROR);
      assertThat(model.engine().snapshot().state()).isEqualTo(EngineState.READY);
      return output;
    }
  }
}
