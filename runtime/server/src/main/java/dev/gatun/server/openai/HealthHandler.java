package dev.gatun.server.openai;

import dev.gatun.engine.api.EngineState;
import dev.gatun.server.http.HttpCall;
import dev.gatun.server.http.HttpHandler;

/**
 * {@code /health} and {@code /ping}: 503 until a model is served, then 200 without a body while
 * every engine can finish its requests, also when draining; 503 again once one is dead and the
 * process has to be restarted. Startup probes and those who know one path alone
 * (LLMInferenceService) ask it.
 */
final class HealthHandler implements HttpHandler {
  private final ServedModels models;

  HealthHandler(ServedModels models) {
    this.models = models;
  }

  @Override
  public void handle(HttpCall call) {
    boolean isAlive =
        !models.all().isEmpty()
            && models.all().stream().allMatch(model -> isAlive(model.engine().snapshot().state()));
    call.respond(isAlive ? 200 : 503, "text/plain", new byte[0]);
  }

  private static boolean isAlive(EngineState state) {
    return switch (state) {
      case READY, DRAINING -> true;
      case STOPPED, FAILED -> false;
    };
  }
}
