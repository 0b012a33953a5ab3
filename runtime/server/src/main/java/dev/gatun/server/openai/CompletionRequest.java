package dev.gatun.server.openai;

import dev.gatun.engine.api.ServingException;
import dev.gatun.server.http.HttpCall;
import dev.gatun.server.text.SamplingFields;
import dev.gatun.server.text.ServedModel;
import dev.gatun.server.text.TextRequest;
import java.util.ArrayList;
import java.util.List;

/**
 * A request to {@code /v1/completions}, validated.
 *
 * @param texts one per choice: prompt index * n + sample index
 * @param echoes the prompt is part of the text
 * @param hasLogprobs the answer carries logprobs
 * @param hasPromptLogprobs the answer carries {@code prompt_logprobs}
 */
record CompletionRequest(
    ServedModel model,
    GenerationOptions options,
    List<TextRequest> texts,
    boolean echoes,
    boolean hasLogprobs,
    boolean hasPromptLogprobs) {
  private static final int DEFAULT_MAX_TOKENS = 16;

  static CompletionRequest parse(
      HttpCall call, JsonBody body, ServedModels models, OpenAiOptions server) {
    ServedModel model = models.find(body.get("model"));
    RefusedFields.check(body);
    GenerationOptions options = GenerationOptions.parse(call, body, server);
    SamplingFields fields = new SamplingFields(model);
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
    List<int[]> prompts =
        Prompts.of(model.tokenizer(), body, true, model.maxModelLen()).parse(body);
    return new CompletionRequest(
        model,
        options,
        choices(options, fields, prompts, DEFAULT_MAX_TOKENS),
        echoes,
        body.has("logprobs"),
        body.has("prompt_logprobs"));
  }

  /** A request per prompt and sample. */
  static List<TextRequest> choices(
      GenerationOptions options, SamplingFields fields, List<int[]> prompts, int defaultMaxTokens) {
    if (prompts.size() > ChoiceStreams.MAX_CHOICES) {
      throw ServingException.invalidField(
          "prompt",
          "prompt has " + prompts.size() + " prompts, at most " + ChoiceStreams.MAX_CHOICES);
    }
    List<TextRequest> texts = new ArrayList<>();
    for (int[] prompt : prompts) {
      for (int sample = 0; sample < options.n(); sample++) {
        String id = options.requestId() + "-" + texts.size();
        TextRequest text = fields.toSample(id, prompt, defaultMaxTokens, sample);
        if (options.n() > 1 && text.sampling().isGreedy()) {
          throw ServingException.invalidField(
              "n", "n is " + options.n() + ", must be 1 when temperature is 0");
        }
        texts.add(text);
      }
    }
    return texts;
  }
}
