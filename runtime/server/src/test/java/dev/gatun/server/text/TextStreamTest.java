package dev.gatun.server.text;

import static dev.gatun.server.testing.TestModels.EOS;
import static dev.gatun.server.testing.TestModels.encode;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatun.engine.api.ErrorCode;
import dev.gatun.engine.api.FinishReason;
import dev.gatun.engine.api.GenerateRequest;
import dev.gatun.engine.api.SamplingParams;
import dev.gatun.engine.api.SamplingParamsBuilder;
import dev.gatun.engine.api.ServingException;
import dev.gatun.server.testing.FakeEngine;
import dev.gatun.server.testing.TestModels;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TextStreamTest {
  private static final int[] PROMPT = encode("The server ");

  private final FakeEngine engine = new FakeEngine(EOS);

  @Test
  void endOfSequenceCountsButIsNotShown() throws InterruptedException {
    engine.answering(encode("keeps"));
    int numTokens = encode("keeps").length;

    TextChunk all = generate(SamplingParams.builder()).readAll();

    assertThat(all.text()).isEqualTo("keeps");
    assertThat(all.tokenIds()).hasSize(numTokens + 1).endsWith(EOS);
    assertThat(all.finished().reason()).isEqualTo(FinishReason.STOP);
    assertThat(all.finished().stopReason()).isNull();
    assertThat(all.finished().usage()).isEqualTo(new Usage(PROMPT.length, numTokens + 1, 0));
  }

  @Test
  void endOfSequenceIsHiddenEvenWhenSpecialTokensAreShown() throws InterruptedException {
    engine.answering(encode("keeps"));

    TextChunk all = open(SamplingParams.builder(), List.of(), false, false).readAll();

    assertThat(all.text()).isEqualTo("keeps");
  }

  @Test
  void ignoredEndOfSequenceIsShownAsSpecialToken() throws InterruptedException {
    engine.answering(68, EOS, 69);

    TextChunk all =
        open(SamplingParams.builder().ignoreEos(true).maxTokens(3), List.of(), false, false)
            .readAll();

    assertThat(all.text()).isEqualTo("a<|im_end|>b");
    assertThat(all.finished().reason()).isEqualTo(FinishReason.LENGTH);
    assertThat(engine.aborted()).isEmpty();
  }

  @Test
  void stopTokenIsReportedAndCutFromTheText() throws InterruptedException {
    engine.answering(68, 69, 70, 71);

    TextChunk all = generate(SamplingParams.builder().stopTokenIds(70)).readAll();

    assertThat(all.text()).isEqualTo("ab");
    assertThat(all.tokenIds()).containsExactly(68, 69, 70);
    assertThat(all.finished().stopReason()).isEqualTo(70);
    assertThat(all.finished().usage().completionTokens()).isEqualTo(3);
  }

  @Test
  void stopTokenStaysInTheTextWhenAskedTo() throws InterruptedException {
    engine.answering(68, 69, 70, 71);

    TextChunk all =
        open(SamplingParams.builder().stopTokenIds(70), List.of(), true, true).readAll();

    assertThat(all.text()).isEqualTo("abc");
    assertThat(all.finished().stopReason()).isEqualTo(70);
  }

  @Test
  void stopTokenBeforeMinTokensIsText() throws InterruptedException {
    engine.answering(70, 68, 70, 71);

    TextChunk all = generate(SamplingParams.builder().stopTokenIds(70).minTokens(2)).readAll();

    assertThat(all.text()).isEqualTo("ca");
    assertThat(all.finished().usage().completionTokens()).isEqualTo(3);
  }

  @Test
  void stopStringEndsTheRequestForTheEngineTooAsStopped() throws InterruptedException {
    engine.answering(encode("one two three"));

    TextChunk all = generate(SamplingParams.builder(), "two").readAll();

    assertThat(all.text()).isEqualTo("one ");
    assertThat(all.finished().reason()).isEqualTo(FinishReason.STOP);
    assertThat(all.finished().stopReason()).isEqualTo("two");
    assertThat(all.finished().usage().completionTokens())
        .isEqualTo(all.tokenIds().length)
        .isEqualTo(encode("one two").length);
    assertThat(engine.stopped()).hasSize(1);
    assertThat(engine.aborted()).isEmpty();
  }

  @Test
  void stopStringWithinMinTokensDoesNotStop() throws InterruptedException {
    engine.answering(68, 69, 68, 69);

    TextChunk all = generate(SamplingParams.builder().minTokens(2), "b").readAll();

    assertThat(all.text()).isEqualTo("aba");
    assertThat(all.finished().stopReason()).isEqualTo("b");
  }

  @Test
  void heldBackTextIsFlushedAtTheEnd() throws InterruptedException {
    engine.answering(68, 69);
    TextStream stream = generate(SamplingParams.builder(), "abcd");

    assertThat(stream.next()).isInstanceOfSatisfying(TextEvent.TextDelta.class, this::hasNoText);
    assertThat(stream.next()).isInstanceOfSatisfying(TextEvent.TextDelta.class, this::hasNoText);
    assertThat(stream.readAll().text()).isEqualTo("ab");
  }

  private void hasNoText(TextEvent.TextDelta delta) {
    assertThat(delta.text()).isEmpty();
    assertThat(delta.tokenIds()).hasSize(1);
  }

  @Test
  void incompleteCharacterGivesNoTextUntilItIsWhole() throws InterruptedException {
    int[] bytes = encode("é€");
    assertThat(bytes).hasSizeGreaterThan(2);
    engine.answering(bytes);
    TextStream stream = generate(SamplingParams.builder());

    StringBuilder text = new StringBuilder();
    int numEmpty = 0;
    for (int i = 0; i < bytes.length; i++) {
      String delta = ((TextEvent.TextDelta) stream.next()).text();
      assertThat(delta).doesNotContain("\uFFFD");
      numEmpty += delta.isEmpty() ? 1 : 0;
      text.append(delta);
    }

    assertThat(text.toString()).isEqualTo("é€");
    assertThat(numEmpty).isPositive();
  }

  @Test
  void stopStringOfMultiByteCharactersIsFound() throws InterruptedException {
    engine.answering(encode("ab€cd"));

    TextChunk all = generate(SamplingParams.builder(), "€").readAll();

    assertThat(all.text()).isEqualTo("ab");
    assertThat(all.finished().stopReason()).isEqualTo("€");
  }

  @Test
  void lastTokenAndEndComeInOneChunk() throws InterruptedException {
    engine.answering(68, 69, 70).stallAfter(1);
    TextStream stream = generate(SamplingParams.builder().maxTokens(2));

    TextChunk first = stream.nextChunk();
    engine.resume();
    TextChunk last = stream.nextChunk();

    assertThat(first.text()).isEqualTo("a");
    assertThat(first.finished()).isNull();
    assertThat(last.text()).isEqualTo("b");
    assertThat(last.finished().reason()).isEqualTo(FinishReason.LENGTH);
  }

  @Test
  void aReaderFarBehindGetsSeveralTokensInOneChunk() throws InterruptedException {
    int[] script = new int[80];
    Arrays.fill(script, 68);
    engine.answering(script);
    TextStream stream = generate(SamplingParams.builder().maxTokens(80));

    TextChunk first = stream.nextChunk();

    assertThat(first.tokenIds().length).isGreaterThan(32);
    assertThat(first.text()).isEqualTo("a".repeat(first.tokenIds().length));
  }

  @Test
  void abortEndsAStalledRequest() throws InterruptedException {
    engine.answering(68, 69, 70).stallAfter(1);
    TextStream stream = generate(SamplingParams.builder());
    assertThat(stream.nextChunk().text()).isEqualTo("a");

    stream.abort();

    assertThat(stream.nextChunk().finished().reason()).isEqualTo(FinishReason.ABORT);
    assertThat(engine.aborted()).hasSize(1);
  }

  @Test
  void engineFailureIsThrown() throws InterruptedException {
    engine
        .answering(68, 69, 70)
        .failAfter(1, new ServingException(ErrorCode.INTERNAL, "device lost"));
    TextStream stream = generate(SamplingParams.builder());

    assertThat(((TextEvent.TextDelta) stream.next()).text()).isEqualTo("a");

    assertThatThrownBy(stream::next).isInstanceOf(ServingException.class).hasMessage("device lost");
  }

  @Test
  void logprobsArePassedThrough() throws InterruptedException {
    engine.answering(68, 69);

    TextChunk all =
        generate(SamplingParams.builder().maxTokens(2).logprobs(2).promptLogprobs(0)).readAll();

    assertThat(all.logprobs()).hasSize(2);
    assertThat(all.logprobs().get(1).topIds()).containsExactly(69, 70);
    assertThat(all.promptLogprobs()).hasSize(PROMPT.length);
    assertThat(all.promptLogprobs().getFirst()).isNull();
  }

  @Test
  void repeatedRequestIdsAreDistinctToTheEngine() {
    generate(SamplingParams.builder());
    generate(SamplingParams.builder());

    assertThat(engine.submitted()).extracting(GenerateRequest::requestId).doesNotHaveDuplicates();
  }

  private TextStream generate(SamplingParamsBuilder sampling, String... stopStrings) {
    return open(sampling, List.of(stopStrings), false, true);
  }

  private TextStream open(
      SamplingParamsBuilder sampling,
      List<String> stopStrings,
      boolean includesStop,
      boolean skipsSpecial) {
    return TestModels.tiny(engine)
        .generate(
            new TextRequest(
                "r1",
                PROMPT,
                sampling.build(),
                stopStrings,
                includesStop,
                skipsSpecial,
                GenerateRequest.NO_DEADLINE));
  }
}
