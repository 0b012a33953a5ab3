package dev.gatun.server.openai;

import dev.gatun.server.http.HttpCall;
import dev.gatun.server.http.HttpHandler;
import dev.gatun.server.text.ServedModel;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code GET /v1/models}: one entry per served name; and each entry by its name. */
final class ModelsHandler implements HttpHandler {
  private final ServedModels models;

  ModelsHandler(ServedModels models) {
    this.models = models;
  }

  private record Answer(String object, List<Model> data) {}

  private record Model(
      String id,
      String object,
      long created,
      String ownedBy,
      String root,
      @Nullable String parent,
      int maxModelLen,
      List<Permission> permission) {}

  /** Nobody reads it, but older clients fail without it. */
  private record Permission(
      String id,
      String object,
      long created,
      boolean allowCreateEngine,
      boolean allowSampling,
      boolean allowLogprobs,
      boolean allowSearchIndices,
      boolean allowView,
      boolean allowFineTuning,
      String organization,
      @Nullable String group,
      boolean isBlocking) {}

  @Override
  public void handle(HttpCall call) {
    List<Model> entries = new ArrayList<>();
    for (ServedModel model : models.all()) {
      for (String name : model.names()) {
        entries.add(entry(name, model));
      }
    }
    OpenAiJson.respond(call, new Answer("list", entries));
  }

  /**
   * Answers with the entry of one name.
   *
   * @throws dev.gatun.engine.api.ServingException NOT_FOUND naming the model
   */
  void one(HttpCall call, String name) {
    OpenAiJson.respond(call, entry(name, models.find(name)));
  }

  private static Model entry(String name, ServedModel model) {
    Permission permission =
        new Permission(
            "modelperm-" + name,
            "model_permission",
            model.createdSeconds(),
            false,
            true,
            true,
            false,
            true,
            false,
            "*",
            null,
            false);
    return new Model(
        name,
        "model",
        model.createdSeconds(),
        "gatun",
        model.name(),
        null,
        model.maxModelLen(),
        List.of(permission));
  }
}
