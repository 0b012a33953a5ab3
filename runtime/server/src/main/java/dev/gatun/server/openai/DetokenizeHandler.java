package dev.gatun.server.openai;

import dev.gatun.engine.api.ServingException;
import dev.gatun.server.http.HttpCall;
import dev.gatun.server.http.HttpHandler;
import dev.gatun.server.text.FieldValues;
import dev.gatun.server.text.ServedModel;

/** {@code POST /detokenize}: token ids to text, special tokens kept. */
final class DetokenizeHandler implements HttpHandler {
  private final ServedModels models;

  DetokenizeHandler(ServedModels models) {
    this.models = models;
  }

  private record Answer(String prompt) {}

  @Override
  public void handle(HttpCall call) {
    JsonBody body = JsonBody.read(call);
    ServedModel model = models.find(body.get("model"));
    Object tokens = body.get("tokens");
    if (tokens == null) {
      throw ServingException.invalidField(
          "tokens", "tokens is missing, must be a list of token ids");
    }
    int[] ids = FieldValues.toTokenIds("tokens", tokens);
    OpenAiJson.respond(call, new Answer(model.tokenizer().decode(ids, false)));
  }
}
