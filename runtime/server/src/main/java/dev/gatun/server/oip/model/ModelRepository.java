package dev.gatun.server.oip.model;

import dev.gatun.engine.api.ErrorCode;
import dev.gatun.engine.api.ServingException;
import dev.gatun.proto.inference.RepositoryIndexResponse.ModelIndex;
import java.util.List;
import java.util.Set;

/**
 * The repository extension over a fixed set of models: all memory is claimed at start, so models
 * neither come nor go while the server runs. Thread-safe.
 */
public final class ModelRepository {
  private final ModelRegistry registry;

  public ModelRepository(ModelRegistry registry) {
    this.registry = registry;
  }

  /**
   * The models and their state.
   *
   * @param repositoryName must be empty: there is one repository, without a name
   */
  public List<ModelIndex> index(String repositoryName, boolean readyOnly) {
    if (!repositoryName.isEmpty()) {
      throw new ServingException(
          ErrorCode.UNSUPPORTED,
          "repository_name is '"
              + repositoryName
              + "', but this server has one unnamed repository");
    }
    return registry.all().stream()
        .map(ModelRegistry.Entry::model)
        .filter(model -> model.isReady() || !readyOnly)
        .map(ModelRepository::index)
        .toList();
  }

  private static ModelIndex index(TensorModel model) {
    ModelIndex.Builder index =
        ModelIndex.newBuilder()
            .setName(model.name())
            .setVersion(ModelRegistry.VERSION)
            .setState(model.isReady() ? "READY" : "UNAVAILABLE");
    if (!model.isReady()) {
      index.setReason("not at ready state");
    }
    return index.build();
  }

  /**
   * Does nothing for a model that is served.
   *
   * @throws ServingException NOT_FOUND for any other; UNSUPPORTED if its configuration is to change
   */
  public void load(String modelName, Set<String> parameters) {
    registry.resolve(modelName, "");
    if (!parameters.isEmpty()) {
      throw new ServingException(
          ErrorCode.UNSUPPORTED,
          "model '"
              + modelName
              + "' cannot be loaded with parameters "
              + parameters
              + ": models are configured when the server starts");
    }
  }

  /**
   * Always refuses.
   *
   * @throws ServingException NOT_FOUND for a model not served, else UNSUPPORTED
   */
  public void unload(String modelName) {
    registry.resolve(modelName, "");
    throw new ServingException(
        ErrorCode.UNSUPPORTED,
        "model '"
            + modelName
            + "' cannot be unloaded: models are served for as long as the server runs");
  }
}
