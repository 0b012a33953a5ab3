package dev.gatun.server.serve;

import dev.gatun.engine.api.Engine;
import dev.gatun.engine.api.EngineLimits;
import dev.gatun.engine.api.EngineObserver;
import dev.gatun.engine.api.GenerateRequest;
import dev.gatun.engine.api.SamplingParams;
import dev.gatun.engine.api.TokenEvent;
import dev.gatun.engine.api.TokenStream;
import dev.gatun.engine.loop.EngineLoop;
import dev.gatun.engine.runner.DecoderRunner;
import dev.gatun.model.ModelLoadException;
import dev.gatun.model.chat.ChatTemplate;
import dev.gatun.model.tokenizer.Tokenizer;
import dev.gatun.server.config.ServeConfig;
import dev.gatun.server.status.StartupWatch;
import dev.gatun.server.status.StartupWatch.Phase;
import dev.gatun.server.text.ConstraintCompiler;
import dev.gatun.server.text.ServedModel;
import dev.gatun.tensor.BackendException;
import java.time.Instant;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Plans, claims, builds and warms up one model. Main thread. */
public final class ModelLoader {
  private static final Logger log = LoggerFactory.getLogger(ModelLoader.class);

  private final ServeConfig config;
  private final StartupWatch startup;

  /**
   * A loader.
   *
   * @param startup is told how far it has come
   */
  public ModelLoader(ServeConfig config, StartupWatch startup) {
    this.config = config;
    this.startup = startup;
  }

  /**
   * Loads until a first token has been produced.
   *
   * @param observers gives the observer of an engine with these limits
   * @throws dev.gatun.model.ModelLoadException if a file of the model cannot be used
   * @throws dev.gatun.server.config.ConfigException if an option cannot work with this model
   * @throws dev.gatun.tensor.BackendException if the device or its memory cannot be had
   * @throws StartException if the warm-up fails
   */
  public LoadedModel load(Function<EngineLimits, EngineObserver> observers) {
    startup.enter(Phase.PLAN);
    // The tokenizer unpacks a native library and parses megabytes: beside the weights, not after.
    CompletableFuture<Tokenizer> tokenizer =
        CompletableFuture.supplyAsync(() -> Tokenizer.load(config.model()));
    PlannedModel planned = null;
    Engine engine = null;
    boolean isLoaded = false;
    try {
      planned = PlannedModel.open(config);
      planned.plan().lines().forEach(line -> log.info("plan: {}", line));
      startup.planned(planned.plan().demand().weightBytes());
      startup.enter(Phase.LOAD);
      reserve(planned);
      engine = startEngine(planned, observers);
      startup.enter(Phase.TOKENIZER);
      LoadedModel model = assemble(planned, engine, join(tokenizer));
      startup.enter(Phase.WARM_UP);
      warmUp(engine);
      startup.enter(Phase.READY);
      isLoaded = true;
      return model;
    } finally {
      if (!isLoaded) {
        abandon(tokenizer, planned, engine);
      }
    }
  }

  /** Others may have taken by now what was free when the plan was made. */
  private static void reserve(PlannedModel planned) {
    try {
      planned.backend().reserve(planned.plan().claimedBytes() - planned.backend().ownBytes());
    } catch (BackendException e) {
      throw planned.plan().refused(e, planned.backend().memoryFacts());
    }
  }

  private Engine startEngine(
      PlannedModel planned, Function<EngineLimits, EngineObserver> observers) {
    DecoderRunner runner =
        DecoderRunner.create(
            planned.directory().spec(),
            planned.directory().weights(),
            planned.backend(),
            planned.schedulerConfig(),
            planned.kvCache().dtype());
    return EngineLoop.start(
        planned.schedulerConfig(),
        runner,
        observers.apply(planned.schedulerConfig().limits()),
        System::nanoTime,
        seeds());
  }

  /** Seeds of requests that name none, drawn from {@code --seed}. */
  private LongSupplier seeds() {
    SplittableRandom random = new SplittableRandom(config.seed());
    ReentrantLock lock = new ReentrantLock();
    return () -> {
      lock.lock();
      try {
        return random.nextLong();
      } finally {
        lock.unlock();
      }
    };
  }

  private LoadedModel assemble(PlannedModel planned, Engine engine, Tokenizer tokenizer) {
    ServedModel served =
        new ServedModel(
            config.servedModelNames(),
            engine,
            tokenizer,
            chatTemplate(),
            config.useGenerationConfig() ? planned.generation() : planned.generation().eosOnly(),
            new ConstraintCompiler(
                tokenizer, engine.limits().vocabSize(), planned.generation().eosTokenIds()),
            planned.generation().eosTokenIds(),
            config.scheduler().usesPriorities(),
            Instant.now().getEpochSecond());
    return new LoadedModel(planned, engine, tokenizer, served);
  }

  private Optional<ChatTemplate> chatTemplate() {
    return config
        .chatTemplate()
        .map(file -> ChatTemplate.load(config.model(), file))
        .or(() -> ChatTemplate.load(config.model()));
  }

  /** Ready means that a real token was produced by the whole path. */
  private static void warmUp(Engine engine) {
    SamplingParams sampling = SamplingParams.builder().temperature(0).maxTokens(1).build();
    int numTokens = Math.min(2, engine.limits().maxModelLen() - 1);
    TokenStream stream =
        engine.submit(
            new GenerateRequest(
                "warm-up", new int[numTokens], sampling, GenerateRequest.NO_DEADLINE));
    try {
      TokenEvent event = stream.next();
      while (!(event instanceof TokenEvent.Finished finished)) {
        event = stream.next();
      }
      if (finished.failure() != null) {
        throw new StartException(
            "the first token could not be computed: " + finished.failure().getMessage(),
            finished.failure());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StartException("interrupted while computing the first token", e);
    }
  }

  private static Tokenizer join(CompletableFuture<Tokenizer> tokenizer) {
    try {
      return tokenizer.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof ModelLoadException cause) {
        throw cause;
      }
      throw e;
    }
  }

  private static void abandon(
      CompletableFuture<Tokenizer> tokenizer,
      @Nullable PlannedModel planned,
      @Nullable Engine engine) {
    if (engine != null) {
      engine.close();
    }
    if (planned != null) {
      if (engine == null) {
        planned.backend().close();
      }
      planned.directory().close();
    }
    Tokenizer loaded = tokenizer.handle((result, _) -> result).join();
    if (loaded != null) {
      loaded.close();
    }
  }
}
