package dev.gatun.engine.loop;

import dev.gatun.engine.api.EngineLimits;
import dev.gatun.engine.api.EngineObserver;
import dev.gatun.engine.runner.DecoderRunner;
import dev.gatun.engine.sched.SchedulerConfig;
import dev.gatun.model.directory.ModelDirectory;
import dev.gatun.tensor.Backend;
import dev.gatun.tensor.BackendOptions;
import dev.gatun.tensor.reference.ReferenceBackend;
import java.nio.file.Path;

/** An engine over a real model on the reference backend, as small as a test wants it. */
final class ModelEngine implements AutoCloseable {
  private final ModelDirectory model;
  private final EngineLoop engine;

  private ModelEngine(ModelDirectory model, EngineLoop engine) {
    this.model = model;
    this.engine = engine;
  }

  /**
   * Opens the model and starts the engine.
   *
   * @param maxNumSeqs requests running at once
   * @param budget scheduled tokens of one step
   */
  static ModelEngine start(
      Path directory, int maxNumSeqs, int budget, int blockSize, int numBlocks) {
    ModelDirectory model = ModelDirectory.open(directory);
    EngineLimits limits =
        new EngineLimits(
            400, maxNumSeqs, budget, blockSize, numBlocks, 64, model.spec().vocabSize(), 20);
    SchedulerConfig config = new SchedulerConfig(limits, 0, 7, new int[0]);
    Backend backend = new ReferenceBackend(BackendOptions.defaults());
    DecoderRunner runner =
        DecoderRunner.create(
            model.spec(), model.weights(), backend, config, backend.activationType());
    EngineLoop engine =
        EngineLoop.start(config, runner, EngineObserver.NONE, System::nanoTime, new SeedSource(1));
    return new ModelEngine(model, engine);
  }

  EngineLoop engine() {
    return engine;
  }

  @Override
  public void close() {
    engine.close();
    model.close();
  }
}
