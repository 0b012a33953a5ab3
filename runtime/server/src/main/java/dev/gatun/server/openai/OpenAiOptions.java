package dev.gatun.server.openai;

import java.time.InstantSource;

/**
 * How the API behaves on this server.
 *
 * @param reportsCachedTokens usage carries {@code prompt_tokens_details.cached_tokens}
 * @param tokensAsIds logprobs name every token {@code token_id:<id>}, also where a request does not
 *     ask for it
 * @param version of this server
 * @param clock gives {@code created}
 */
public record OpenAiOptions(
    boolean reportsCachedTokens, boolean tokensAsIds, String version, InstantSource clock) {

  long nowSeconds() {
    return clock.instant().getEpochSecond();
  }
}
