package dev.gatun.server.serve;

import dev.gatun.engine.api.GenerateRequest;
import dev.gatun.engine.api.ServingException;
import dev.gatun.server.http.HttpCall;
import dev.gatun.server.http.HttpHandler;
import dev.gatun.server.text.ServedModel;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Refuses calls that a full engine is going to refuse, by their path alone: before there is a
 * thread for them, and before their body is read as JSON. Any thread, does not block.
 */
final class OverloadGate {
  private static final String OIP_MODELS = "/v2/models/";
  private static final List<String> OIP_VERBS = List.of("/infer", "/generate", "/generate_stream");
  private static final List<String> OPENAI_PATHS =
      List.of(
          "/v1/completions",
          "/v1/chat/completions",
          "/openai/v1/completions",
          "/openai/v1/chat/completions");

  private final Supplier<List<ServedModel>> served;

  OverloadGate(Supplier<List<ServedModel>> served) {
    this.served = served;
  }

  /** The same handler, with refusals before it. */
  HttpHandler guard(HttpHandler root) {
    return new HttpHandler() {
      @Override
      public void handle(HttpCall call) throws InterruptedException {
        root.handle(call);
      }

      @Override
      public @Nullable ServingException refusal(String method, String path) {
        return OverloadGate.this.refusal(method, path);
      }
    };
  }

  /** Why a REST call would be refused now; null if it has to be looked at. */
  @Nullable ServingException refusal(String method, String path) {
    return method.equals("POST") ? model(path).map(OverloadGate::refusal).orElse(null) : null;
  }

  /** The same for a call that can only mean the one model there is. */
  @Nullable ServingException refusal() {
    return onlyModel().map(OverloadGate::refusal).orElse(null);
  }

  private Optional<ServedModel> model(String path) {
    if (OPENAI_PATHS.contains(path)) {
      // Which of several models is meant stands in the body.
      return onlyModel();
    }
    if (path.startsWith(OIP_MODELS) && OIP_VERBS.stream().anyMatch(path::endsWith)) {
      int start = OIP_MODELS.length();
      // Not found in /v2/models/infer, a model of that name.
      String name = path.substring(start, Math.max(start, path.indexOf('/', start)));
      return served.get().stream().filter(model -> model.names().contains(name)).findFirst();
    }
    return Optional.empty();
  }

  private Optional<ServedModel> onlyModel() {
    List<ServedModel> models = served.get();
    return models.size() == 1 ? Optional.of(models.getFirst()) : Optional.empty();
  }

  private static @Nullable ServingException refusal(ServedModel model) {
    try {
      model.engine().checkAdmission(1, 0, GenerateRequest.NO_DEADLINE);
      return null;
    } catch (ServingException refusal) {
      return refusal;
    }
  }
}
