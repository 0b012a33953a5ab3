package dev.gatun.server.openai;

import dev.gatun.engine.api.ServingException;
import dev.gatun.server.http.HttpCall;
import dev.gatun.server.text.TextStreams;

/**
 * What completions and chat have in common beside sampling.
 *
 * @param n samples per prompt
 * @param includesUsage a streamed answer ends with a usage chunk
 * @param continuousUsage and every chunk carries the usage so far
 * @param returnsTokenIds answers carry prompt and output token ids
 * @param tokensAsIds logprobs name tokens {@code token_id:<id>}
 */
record GenerationOptions(
    String requestId,
    int n,
    boolean isStreamed,
    boolean includesUsage,
    boolean continuousUsage,
    boolean returnsTokenIds,
    boolean tokensAsIds) {

  static GenerationOptions parse(HttpCall call, JsonBody body, OpenAiOptions server) {
    boolean isStreamed = body.flag("stream", false);
    JsonBody stream = body.object("stream_options").orElse(null);
    if (stream != null && !isStreamed) {
      throw ServingException.invalidField(
          "stream_options", "stream_options needs stream to be true");
    }
    if (isStreamed && body.has("prompt_logprobs")) {
      throw ServingException.invalidField(
          "prompt_logprobs", "prompt_logprobs is not available with stream");
    }
    boolean includesUsage = stream != null && stream.flag("include_usage", false);
    boolean continuousUsage = stream != null && stream.flag("continuous_usage_stats", false);
    int n = body.integer("n", 1);
    if (n < 1 || n > TextStreams.MAX_CHOICES) {
      throw ServingException.invalidField(
          "n", "n is " + n + ", must be in [1, " + TextStreams.MAX_CHOICES + "]");
    }
    return new GenerationOptions(
        RequestIds.of(call, body),
        n,
        isStreamed,
        includesUsage,
        includesUsage && continuousUsage,
        body.flag("return_token_ids", false),
        body.flag("return_tokens_as_token_ids", false) || server.tokensAsIds());
  }
}
