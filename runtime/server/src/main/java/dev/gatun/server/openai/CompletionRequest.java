package dev.gatun.server.openai;

import dev.gatun.engine.api.ServingException;
import dev.gatun.server.http.HttpCall;
import dev.gatun.server.text.SamplingFields;
import dev.gatun.server.text.ServedModel;
import dev.gatun.server.text.TextRequest;
import dev.gatun.server.text.TextStreams;
import java.util.ArrayList;
import java.util.List;

/**
 * A request to {@code /v1/completions}, validated.
 *
 * @param texts prompt index * bestOf + sample index
 * @param bestOf samples drawn per prompt, of which the n likeliest are answered
 * @param echoes the prompt is part of the text
 * @param hasLogprobs the answer carries logprobs
 * @param hasPromptLogprobs the answer carries {@code prompt_logprobs}
 */
record CompletionRequest(
    ServedModel model,
    GenerationOptions options,
    List<TextRequest> texts,
    int bestOf,
    boolean echoes,
    boolean hasLogprobs,
    boolean hasPromptLogprobs) {
  private static final int DEFAULT_MAX_TOKENS = 16;

  static CompletionRequest parse(
      HttpCall call, JsonBody body, ServedModels models, OpenAiOptions server) {
    ServedModel model = models.find(body.get("model"));
    RefusedFields.check(body);
    GenerationOptions options = GenerationOptions.parse(call, body, server);
    SamplingFields fields = new SamplingFields(model).deadlineNanos(call.deadlineNanos());
    for (String name : SamplingFields.names()) {
      fields.set(name, body.get(name));
    }
    boolean echoes = body.flag("echo", false);
    if (echoes) {
      fields.allowNoOutput();
      if (!body.has("prompt_logprobs")) {
        fields.set("prompt_logprobs", body.get("logprobs"));
      }
    }
    int bestOf = bestOf(body, options);
    if (bestOf > options.n() && !body.has("logprobs")) {
      fields.set("logprobs", 0);
    }
    List<int[]> prompts = Prompts.of(model, body, true, call.deadlineNanos()).parse(body);
    return new CompletionRequest(
        model,
        options,
        choices(options, fields, prompts, DEFAULT_MAX_TOKENS, bestOf),
        bestOf,
        echoes,
        body.has("logprobs"),
        body.has("prompt_logprobs"));
  }

  private static int bestOf(JsonBody body, GenerationOptions options) {
    int bestOf = body.integer("best_of", options.n());
    if (bestOf < options.n() || bestOf > TextStreams.MAX_CHOICES) {
      throw ServingException.invalidField(
          "best_of",
          "best_of is %d, must be in [n = %d, %d]"
              .formatted(bestOf, options.n(), TextStreams.MAX_CHOICES));
    }
    if (bestOf > options.n() && options.isStreamed()) {
      throw ServingException.invalidField(
          "best_of", "best_of is " + bestOf + ", must be n with stream: the best is known last");
    }
    return bestOf;
  }

  /** A request per prompt and sample. */
  static List<TextRequest> choices(
      GenerationOptions options,
      SamplingFields fields,
      List<int[]> prompts,
      int defaultMaxTokens,
      int numSamples) {
    if (prompts.size() > TextStreams.MAX_CHOICES) {
      throw ServingException.invalidField(
          "prompt",
          "prompt has " + prompts.size() + " prompts, at most " + TextStreams.MAX_CHOICES);
    }
    List<TextRequest> texts = new ArrayList<>();
    for (int[] prompt : prompts) {
      int first = texts.size();
      texts.addAll(
          fields.toSamples(
              sample -> options.requestId() + "-" + (first + sample),
              prompt,
              defaultMaxTokens,
              numSamples));
    }
    return texts;
  }
}
