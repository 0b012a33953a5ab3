package dev.gatun.server.openai;

import dev.gatun.engine.api.ErrorCode;
import dev.gatun.engine.api.ServingException;
import dev.gatun.server.text.FieldValues;
import dev.gatun.server.text.ServedModel;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The models to choose from, asked anew for every request: they may come and go. */
public final class ServedModels {
  private static final String FIELD = "model";

  private final Supplier<List<ServedModel>> models;

  public ServedModels(Supplier<List<ServedModel>> models) {
    this.models = models;
  }

  List<ServedModel> all() {
    return models.get();
  }

  /**
   * The model a request names; a request that names none means the only one.
   *
   * @throws ServingException NOT_FOUND naming the model; INVALID_ARGUMENT if a name is needed
   */
  ServedModel find(@Nullable Object name) {
    List<ServedModel> all = all();
    if (name == null) {
      if (all.size() == 1) {
        return all.getFirst();
      }
      throw ServingException.invalidField(
          FIELD, "model is missing, and " + all.size() + " models are served");
    }
    String wanted = FieldValues.toText(FIELD, name);
    return all.stream()
        .filter(model -> model.names().contains(wanted))
        .findFirst()
        .orElseThrow(
            () ->
                new ServingException(
                    ErrorCode.NOT_FOUND,
                    "the model " + FieldValues.shown(wanted) + " is not served here",
                    FIELD));
  }
}
