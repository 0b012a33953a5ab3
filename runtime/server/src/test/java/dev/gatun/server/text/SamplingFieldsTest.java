package dev.gatun.server.text;

import static dev.gatun.server.testing.TestModels.EOS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatun.engine.api.SamplingParams;
import dev.gatun.engine.api.ServingException;
import dev.gatun.engine.api.TokenRules;
import dev.gatun.model.generation.GenerationConfig;
import dev.gatun.server.testing.FakeEngine;
import dev.gatun.server.testing.TestModels;
import java.math.BigInteger;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SamplingFieldsTest {
  private static final int[] PROMPT = {68, 69};

  private final SamplingFields fields = new SamplingFields(TestModels.tiny(new FakeEngine(EOS)));

  @Test
  void everyFieldReachesTheRequest() {
    set("temperature", 0.5);
    set("top_p", 0.9);
    set("top_k", 7L);
    set("min_p", 0.1);
    set("presence_penalty", 1L);
    set("frequency_penalty", -1.5);
    set("repetition_penalty", 1.25);
    set("seed", 1L << 40);
    set("max_tokens", 9);
    set("min_tokens", 2);
    set("ignore_eos", true);
    set("stop", List.of("x", "yz"));
    set("stop_token_ids", List.of(5L, 6L));
    set("include_stop_str_in_output", true);
    set("skip_special_tokens", false);
    set("logprobs", 3);
    set("prompt_logprobs", 0);

    TextRequest request = fields.toRequest("r", PROMPT, 16);

    assertThat(request.sampling())
        .usingRecursiveComparison()
        .isEqualTo(
            new SamplingParams(
                0.5f,
                0.9f,
                7,
                0.1f,
                1,
                -1.5f,
                1.25f,
                OptionalLong.of(1L << 40),
                9,
                2,
                true,
                new int[] {5, 6},
                3,
                0,
                TokenRules.NONE,
                Optional.empty()));
    assertThat(request.stopStrings()).containsExactly("x", "yz");
    assertThat(request.includeStopStrInOutput()).isTrue();
    assertThat(request.skipSpecialTokens()).isFalse();
    assertThat(SamplingFields.names()).hasSize(32);
  }

  @Test
  void aCacheSaltTravelsWithEverySample() {
    set("cache_salt", "tenant");

    assertThat(fields.toSamples(i -> "r" + i, PROMPT, 16, 2))
        .hasSize(2)
        .allMatch(request -> request.cacheSalt().equals("tenant"));
  }

  @Test
  void aPriorityTravelsWithEverySample() {
    SamplingFields ordered = new SamplingFields(TestModels.byPriority(new FakeEngine(EOS)));
    ordered.set("priority", -3L);

    assertThat(ordered.toSamples(i -> "r" + i, PROMPT, 16, 2))
        .hasSize(2)
        .allMatch(request -> request.priority() == -3);
  }

  @Test
  void aPriorityNeedsAServerThatServesByPriority() {
    set("priority", 0);

    assertThatThrownBy(() -> set("priority", 1))
        .isInstanceOf(ServingException.class)
        .hasMessageContainingAll("priority is 1", "--scheduling-policy priority");
  }

  @Test
  void stringsAreReadAsWhatTheFieldNeeds() {
    set("temperature", "0.25");
    set("max_tokens", "12");
    set("ignore_eos", "True");
    set("seed", "-3");
    set("stop", "end");

    TextRequest request = fields.toRequest("r", PROMPT, 16);

    assertThat(request.sampling().temperature()).isEqualTo(0.25f);
    assertThat(request.sampling().maxTokens()).isEqualTo(12);
    assertThat(request.sampling().ignoreEos()).isTrue();
    assertThat(request.sampling().seed()).hasValue(-3);
    assertThat(request.stopStrings()).containsExactly("end");
  }

  @Test
  void unknownNamesAreLeftToTheCaller() {
    assertThat(fields.set("colour", "blue")).isFalse();
  }

  @Test
  void nullKeepsTheDefault() {
    assertThat(fields.set("temperature", null)).isTrue();

    assertThat(fields.toRequest("r", PROMPT, 16).sampling().temperature()).isEqualTo(1);
  }

  @Test
  void requestWinsOverTheModelsDefaults() {
    SamplingFields defaulted =
        new SamplingFields(
            TestModels.tiny(
                new FakeEngine(EOS),
                new GenerationConfig(
                    OptionalDouble.of(0.6),
                    OptionalDouble.of(0.9),
                    OptionalInt.of(20),
                    OptionalDouble.of(0.05),
                    OptionalDouble.of(1.5),
                    OptionalInt.of(64),
                    new int[] {EOS})));
    defaulted.set("top_k", 5);

    SamplingParams params =
        defaulted.toRequest("r", PROMPT, SamplingFields.REST_OF_CONTEXT).sampling();

    assertThat(params.temperature()).isEqualTo(0.6f);
    assertThat(params.topP()).isEqualTo(0.9f);
    assertThat(params.topK()).isEqualTo(5);
    assertThat(params.minP()).isEqualTo(0.05f);
    assertThat(params.repetitionPenalty()).isEqualTo(1.5f);
    assertThat(params.maxTokens()).isEqualTo(64);
    assertThat(defaulted.toRequest("r", PROMPT, 16).sampling().maxTokens()).isEqualTo(16);
  }

  @ParameterizedTest
  @CsvSource({
    "temperature, warm, must be a number",
    "temperature, 1e39, must be a number of 32 bits",
    "temperature, NaN, must be a number",
    "max_tokens, 1.5, must be an integer",
    "max_tokens, 3000000000, must be an integer of 32 bits",
    "seed, 9223372036854775808, must be an integer of 64 bits",
    "ignore_eos, yes, must be true or false",
    "stop_token_ids, 5, must be a list of token ids",
    "logprobs, 6, 'must be in [0, 5]'",
    "logprobs, -1, 'asks for the whole vocabulary; at most 5 are given'",
    "logprobs, -2, 'must be in [0, 5]'",
  })
  void wrongValuesAreRefusedNamingTheField(String name, String value, String message) {
    assertThatThrownBy(() -> set(name, value))
        .isInstanceOfSatisfying(ServingException.class, e -> assertThat(e.field()).isEqualTo(name))
        .hasMessageStartingWith(name + " is ")
        .hasMessageContaining(message);
  }

  @Test
  void wrongTypesAreRefused() {
    assertThatThrownBy(() -> set("temperature", true)).hasMessageContaining("must be a number");
    assertThatThrownBy(() -> set("seed", BigInteger.TWO.pow(64))).hasMessageContaining("64 bits");
    assertThatThrownBy(() -> set("stop", List.of("a", 1L))).hasMessageContaining("list of strings");
    assertThatThrownBy(() -> set("stop", "")).hasMessageContaining("must be 1 to");
    assertThatThrownBy(() -> set("stop_token_ids", List.of(-1L))).hasMessageContaining("token ids");
  }

  @Test
  void rangesAreCheckedWhenTheRequestIsBuilt() {
    set("top_p", 0.0);

    assertThatThrownBy(() -> fields.toRequest("r", PROMPT, 16))
        .isInstanceOfSatisfying(
            ServingException.class, e -> assertThat(e.field()).isEqualTo("top_p"));
  }

  @Test
  void defaultMaxTokensIsCutToTheContext() {
    int[] prompt = new int[FakeEngine.LIMITS.maxModelLen() - 10];

    assertThat(fields.toRequest("r", prompt, 16).sampling().maxTokens()).isEqualTo(10);
    assertThat(maxTokens(SamplingFields.REST_OF_CONTEXT)).isEqualTo(510);
  }

  private int maxTokens(int defaultMaxTokens) {
    return fields.toRequest("r", PROMPT, defaultMaxTokens).sampling().maxTokens();
  }

  @Test
  void promptAndMaxTokensMustFitTheContext() {
    set("max_tokens", 510);
    assertThat(maxTokens(16)).isEqualTo(510);

    set("max_tokens", 511);
    assertThatThrownBy(() -> maxTokens(16))
        .isInstanceOfSatisfying(
            ServingException.class, e -> assertThat(e.field()).isEqualTo("input_tokens"));
    assertThatThrownBy(() -> fields.toRequest("r", new int[512], 16))
        .hasMessageContaining("512 tokens");
    assertThatThrownBy(() -> fields.toRequest("r", new int[0], 16))
        .hasMessageContaining("no tokens");
  }

  @Test
  void noOutputIsOnlyForScoring() {
    set("max_tokens", 0);
    assertThatThrownBy(() -> maxTokens(16)).hasMessage("max_tokens is 0, must be >= 1");

    fields.allowNoOutput();

    assertThat(maxTokens(16)).isZero();
  }

  @Test
  void samplesOfOneRequestHaveSeedsInARow() {
    set("seed", 40L);

    assertThat(seedOfSample(2)).hasValue(42);
    assertThat(seedOfSample(0)).hasValue(40);
    assertThat(seedOfSample(1)).hasValue(41);
  }

  private OptionalLong seedOfSample(int index) {
    return fields.toSamples(i -> "r" + i, PROMPT, 16, 3).get(index).sampling().seed();
  }

  private void set(String name, Object value) {
    assertThat(fields.set(name, value)).isTrue();
  }
}
