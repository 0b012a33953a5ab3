package dev.gatun.server.openai;

import dev.gatun.engine.api.ServingException;
import dev.gatun.server.http.HttpCall;
import dev.gatun.server.text.FieldValues;
import dev.gatun.server.text.SamplingFields;
import dev.gatun.server.text.ServedModel;
import dev.gatun.server.text.TextRequest;
import java.util.List;

/**
 * A request to {@code /v1/chat/completions}, validated.
 *
 * @param texts one per choice
 * @param echo put before every answer; usually ""
 * @param hasLogprobs the answer carries logprobs
 */
record ChatRequest(
    ServedModel model,
    GenerationOptions options,
    List<TextRequest> texts,
    String echo,
    boolean hasLogprobs) {

  static ChatRequest parse(
      HttpCall call, JsonBody body, ServedModels models, OpenAiOptions server) {
    ServedModel model = models.find(body.get("model"));
    RefusedFields.check(body);
    if (body.integer("best_of", 1) != 1) {
      throw ServingException.invalidField("best_of", "best_of is for completions alone");
    }
    GenerationOptions options = GenerationOptions.parse(call, body, server);
    SamplingFields fields = new SamplingFields(model).deadlineNanos(call.deadlineNanos());
    for (String name : SamplingFields.names()) {
      if (!name.equals("logprobs")) {
        fields.set(name, body.get(name));
      }
    }
    Object maxTokens = body.get("max_completion_tokens");
    if (maxTokens != null) {
      fields.set("max_tokens", FieldValues.toInt("max_completion_tokens", maxTokens));
    }
    boolean hasLogprobs = setLogprobs(body, fields);
    ChatPrompt prompt = ChatPrompt.parse(model, body);
    int[] promptIds = Prompts.of(model, body, false, call.deadlineNanos()).encode(prompt.text());
    return new ChatRequest(
        model,
        options,
        CompletionRequest.choices(
            options, fields, List.of(promptIds), SamplingFields.REST_OF_CONTEXT, options.n()),
        body.flag("echo", false) ? prompt.echo() : "",
        hasLogprobs);
  }

  /** Chat asks with a flag and a count where completions have the count alone. */
  private static boolean setLogprobs(JsonBody body, SamplingFields fields) {
    boolean hasLogprobs = body.flag("logprobs", false);
    Object top = body.get("top_logprobs");
    if (hasLogprobs) {
      fields.setLogprobs("top_logprobs", top == null ? 0 : top);
    } else if (top != null && FieldValues.toInt("top_logprobs", top) != 0) {
      throw ServingException.invalidField("top_logprobs", "top_logprobs needs logprobs to be true");
    }
    return hasLogprobs;
  }
}
