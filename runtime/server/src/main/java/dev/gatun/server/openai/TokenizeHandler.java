package dev.gatun.server.openai;

import dev.gatun.model.tokenizer.Tokenizer;
import dev.gatun.server.http.HttpCall;
import dev.gatun.server.http.HttpHandler;
import dev.gatun.server.text.ServedModel;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code POST /tokenize}: a prompt or messages to token ids. */
final class TokenizeHandler implements HttpHandler {
  private final ServedModels models;

  TokenizeHandler(ServedModels models) {
    this.models = models;
  }

  private record Answer(
      int count, int maxModelLen, int[] tokens, @Nullable List<String> tokenStrs) {}

  @Override
  public void handle(HttpCall call) {
    JsonBody body = JsonBody.read(call);
    ServedModel model = models.find(body.get("model"));
    Tokenizer tokenizer = model.tokenizer();
    boolean isChat = body.has("messages");
    String text = isChat ? ChatPrompt.parse(model, body).text() : body.requiredText("prompt");
    int[] ids = model.prompts().encodeOnly(text, body.flag("add_special_tokens", !isChat));
    List<String> pieces =
        body.flag("return_token_strs", false)
            ? Arrays.stream(ids).mapToObj(id -> tokenizer.token(id).orElse("")).toList()
            : null;
    OpenAiJson.respond(call, new Answer(ids.length, model.maxModelLen(), ids, pieces));
  }
}
