package dev.gatun.engine.loop;

import dev.gatun.engine.api.EngineLimits;
import dev.gatun.engine.api.EngineObserver;
import dev.gatun.engine.api.GenerateRequest;
import dev.gatun.engine.api.TokenStream;
import dev.gatun.engine.runner.DecoderRunner;
import dev.gatun.engine.sched.PreemptionConfig;
import dev.gatun.engine.sched.SchedulerConfig;
import dev.gatun.model.directory.ModelDirectory;
import dev.gatun.tensor.Backend;
import dev.gatun.tensor.BackendOptions;
import dev.gatun.tensor.reference.ReferenceBackend;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;

/** An engine over a real model on the reference backend, as small as a test wants it. */
final class ModelEngine implements AutoCloseable {
  private final ModelDirectory model;
  private final GatedRunner gate;
  private final EngineLoop engine;

  private ModelEngine(ModelDirectory model, GatedRunner gate, EngineLoop engine) {
    this.model = model;
    this.gate = gate;
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
    Backend backend = new ReferenceBackend(BackendOptions.defaults());
    return start(directory, backend, maxNumSeqs, budget, blockSize, numBlocks);
  }

  /** On a given backend, which the engine owns from here on. */
  static ModelEngine start(
      Path directory, Backend backend, int maxNumSeqs, int budget, int blockSize, int numBlocks) {
    return start(directory, backend, maxNumSeqs, budget, blockSize, numBlocks, config -> config);
  }

  /** With end-of-sequence tokens, which the others have none of, and a mode of the loop. */
  static ModelEngine startWithEos(
      Path directory,
      LoopMode mode,
      int maxNumSeqs,
      int budget,
      int blockSize,
      int numBlocks,
      int... eosTokenIds) {
    return start(
        directory,
        new ReferenceBackend(BackendOptions.defaults()),
        maxNumSeqs,
        budget,
        blockSize,
        numBlocks,
        config ->
            mode.adapt(
                new SchedulerConfig(config.limits(), 0, 7, eosTokenIds)
                    .withPreemption(config.preemption())));
  }

  /** With a configuration changed by {@code adapt}. */
  static ModelEngine start(
      Path directory,
      Backend backend,
      int maxNumSeqs,
      int budget,
      int blockSize,
      int numBlocks,
      UnaryOperator<SchedulerConfig> adapt) {
    ModelDirectory model = ModelDirectory.open(directory);
    EngineLimits limits =
        new EngineLimits(
            400, maxNumSeqs, budget, blockSize, numBlocks, 128, model.spec().vocabSize(), 20);
    // Whatever fits now may start, so that small pools run dry.
    SchedulerConfig config =
        adapt.apply(
            new SchedulerConfig(limits, 0, 7, new int[0])
                .withPreemption(PreemptionConfig.DEFAULT.withOvercommit(1e9)));
    GatedRunner gate =
        new GatedRunner(
            DecoderRunner.create(
                model.spec(), model.weights(), backend, config, backend.activationType()));
    EngineLoop engine =
        EngineLoop.start(config, gate, EngineObserver.NONE, System::nanoTime, new SeedSource(1));
    return new ModelEngine(model, gate, engine);
  }

  EngineLoop engine() {
    return engine;
  }

  /** Holds the first step back until all are submitted, so that they do meet each other. */
  List<TokenStream> submitTogether(List<GenerateRequest> requests) {
    List<TokenStream> streams = requests.stream().map(engine::submit).toList();
    gate.open();
    return streams;
  }

  /** Submits one and reads it. */
  Streams.Output run(GenerateRequest request) throws InterruptedException {
    return Streams.read(submitTogether(List.of(request)).getFirst());
  }

  @Override
  public void close() {
    gate.open();
    engine.close();
    model.close();
  }
}
