package dev.gatun.server.openai;

import dev.gatun.server.http.HttpHandler;
import dev.gatun.server.http.Router;
import java.util.Map;

/**
 * The routes of this API; those under {@code /v1} also under {@code /openai/v1}, as KServe has it.
 */
public final class OpenAiRoutes {
  private OpenAiRoutes() {}

  public static void addTo(Router.Builder router, ServedModels models, OpenAiOptions options) {
    for (String prefix : new String[] {"/v1", "/openai/v1"}) {
      ModelsHandler list = new ModelsHandler(models);
      add(router, "GET", prefix + "/models", list);
      router.route(
          "GET", prefix + "/models/{model*}", (call, path) -> list.one(call, path.get("model")));
      add(router, "POST", prefix + "/completions", new CompletionsHandler(models, options));
      add(router, "POST", prefix + "/chat/completions", new ChatHandler(models, options));
    }
    HealthHandler health = new HealthHandler(models);
    add(router, "GET", "/health", health);
    add(router, "GET", "/ping", health);
    add(router, "POST", "/ping", health);
    add(
        router,
        "GET",
        "/version",
        call -> OpenAiJson.respond(call, Map.of("version", options.version())));
    add(router, "POST", "/tokenize", new TokenizeHandler(models));
    add(router, "POST", "/detokenize", new DetokenizeHandler(models));
  }

  private static void add(Router.Builder router, String verb, String path, HttpHandler handler) {
    router.route(verb, path, (call, _) -> handler.handle(call));
  }
}
