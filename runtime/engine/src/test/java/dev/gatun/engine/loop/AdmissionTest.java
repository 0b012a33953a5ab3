package dev.gatun.engine.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatun.engine.api.EngineLimits;
import dev.gatun.engine.api.ErrorCode;
import dev.gatun.engine.api.GenerateRequest;
import dev.gatun.engine.api.SamplingParams;
import dev.gatun.engine.api.SamplingParamsBuilder;
import dev.gatun.engine.api.ServingException;
import org.junit.jupiter.api.Test;

final class AdmissionTest {
  private final Admission admission = new Admission(new EngineLimits(32, 4, 16, 4, 5, 8, 100, 5));

  private static GenerateRequest request(int numPromptTokens, SamplingParamsBuilder sampling) {
    return new GenerateRequest(
        "r", new int[numPromptTokens], sampling.build(), GenerateRequest.NO_DEADLINE);
  }

  private static SamplingParamsBuilder maxTokens(int maxTokens) {
    return SamplingParams.builder().maxTokens(maxTokens);
  }

  private void assertRefused(GenerateRequest request, String... words) {
    assertThatThrownBy(() -> admission.check(request))
        .isInstanceOfSatisfying(
            ServingException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT))
        .hasMessageContainingAll(words);
  }

  private void assertAdmitted(GenerateRequest request) {
    assertThatCode(() -> admission.check(request)).doesNotThrowAnyException();
  }

  @Test
  void refusesAnEmptyPrompt() {
    assertRefused(request(0, maxTokens(1)), "no tokens");
    assertAdmitted(request(1, maxTokens(1)));
  }

  @Test
  void refusesMoreTokensThanTheContextHolds() {
    assertRefused(request(10, maxTokens(23)), "32", "33", "10 in the prompt", "23 as max_tokens");
    assertRefused(request(10, maxTokens(Integer.MAX_VALUE)), "2147483657");
  }

  @Test
  void refusesWhatNeverFitsTheCache() {
    // 20 slots; the last output token needs none.
    assertAdmitted(request(10, maxTokens(11)));
    assertRefused(request(10, maxTokens(12)), "22 tokens", "6 KV blocks", "5 in all");
    assertAdmitted(request(20, maxTokens(0)));
    assertRefused(request(21, maxTokens(0)), "6 KV blocks");
  }

  @Test
  void refusesTokenIdsOutsideTheVocabulary() {
    for (int id : new int[] {-1, 100}) {
      GenerateRequest request =
          new GenerateRequest(
              "r", new int[] {5, id}, maxTokens(1).build(), GenerateRequest.NO_DEADLINE);
      assertRefused(request, "prompt token 1 is " + id, "100");
    }
    assertAdmitted(
        new GenerateRequest(
            "r", new int[] {0, 99}, maxTokens(1).build(), GenerateRequest.NO_DEADLINE));
  }

  @Test
  void refusesMoreLogprobsThanAllowed() {
    assertRefused(request(1, maxTokens(1).logprobs(6)), "logprobs is 6", "max-logprobs = 5");
    assertRefused(request(1, maxTokens(1).promptLogprobs(6)), "prompt_logprobs is 6");
    assertAdmitted(request(1, maxTokens(1).logprobs(5).promptLogprobs(5)));
  }
}
