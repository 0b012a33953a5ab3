package dev.gatun.server.serve;

import dev.gatun.engine.api.EngineLimits;
import dev.gatun.engine.runner.DecoderRunner;
import dev.gatun.engine.sched.PreemptionConfig;
import dev.gatun.engine.sched.SchedulerConfig;
import dev.gatun.engine.sched.SchedulingPolicy;
import dev.gatun.model.decoder.Decoder;
import dev.gatun.model.decoder.KvCacheShape;
import dev.gatun.model.directory.ModelDirectory;
import dev.gatun.model.generation.GenerationConfig;
import dev.gatun.model.spec.ModelSpec;
import dev.gatun.model.spec.WeightRounding;
import dev.gatun.server.config.ConfigException;
import dev.gatun.server.config.ServeConfig;
import dev.gatun.server.plan.MemoryDemand;
import dev.gatun.server.plan.MemoryPlan;
import dev.gatun.tensor.Backend;
import dev.gatun.tensor.BackendOptions;
import dev.gatun.tensor.Backends;
import dev.gatun.tensor.BatchLimits;
import dev.gatun.tensor.DType;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A model opened and its memory planned, before anything is claimed. Owns the mapped weights and
 * the backend.
 *
 * @param generation defaults of requests; its end-of-sequence ids are used even if the rest is not
 */
public record PlannedModel(
    ModelDirectory directory,
    Backend backend,
    GenerationConfig generation,
    KvCacheShape kvCache,
    SchedulerConfig schedulerConfig,
    MemoryPlan plan)
    implements AutoCloseable {

  /**
   * Opens and plans.
   *
   * @throws dev.gatun.model.ModelLoadException if the directory cannot be served
   * @throws ConfigException if the options cannot work with it
   * @throws dev.gatun.tensor.BackendException if the device cannot be had
   */
  public static PlannedModel open(ServeConfig config) {
    ModelDirectory directory = ModelDirectory.open(config.model(), rounding(config));
    try {
      BackendOptions options = backendOptions(config);
      if (config.packedWeightsDir().isPresent()) {
        Path into = config.packedWeightsDir().get();
        options = options.withPackedWeights(PackedWeightsKey.place(into, directory));
      }
      Backend backend = Backends.discover().open(config.memory().device(), options);
      try {
        return plan(config, directory, backend);
      } catch (RuntimeException e) {
        backend.close();
        throw e;
      }
    } catch (RuntimeException e) {
      directory.close();
      throw e;
    }
  }

  private static BackendOptions backendOptions(ServeConfig config) {
    Optional<DType> dtype =
        switch (config.dtype()) {
          case "float32" -> Optional.of(DType.F32);
          case "bfloat16" -> Optional.of(DType.BF16);
          default -> Optional.empty();
        };
    return new BackendOptions(
        0, dtype, config.enforceEager(), config.cudaLibDir(), Optional.empty());
  }

  private static DType linearInputs(ServeConfig config, Backend backend) {
    return backendOptions(config).allowsBf16() ? DType.BF16 : backend.activationType();
  }

  private static WeightRounding rounding(ServeConfig config) {
    return switch (config.quantization()) {
      case "int8" -> WeightRounding.INT8;
      case "int4" -> WeightRounding.INT4;
      case "fp8" -> WeightRounding.FP8;
      default -> WeightRounding.NONE;
    };
  }

  private static DType kvCacheDtype(ServeConfig config, Backend backend) {
    String name = config.memory().kvCacheDtype();
    DType dtype =
        switch (name) {
          case "float32" -> DType.F32;
          case "float16" -> DType.F16;
          case "bfloat16" -> DType.BF16;
          case "int8" -> DType.I8;
          case "fp8", "fp8_e4m3" -> DType.F8_E4M3;
          default -> backend.activationType();
        };
    if (!backend.supportsKvCache(dtype)) {
      throw new ConfigException(
          ("--kv-cache-dtype is %s, for which the %s backend has no kernels; int8 takes nearly as"
                  + " little memory there")
              .formatted(name, backend.name()));
    }
    return dtype;
  }

  private static PlannedModel plan(ServeConfig config, ModelDirectory directory, Backend backend) {
    ModelSpec spec = directory.spec();
    int maxModelLen = maxModelLen(config, directory.config().maxPositionEmbeddings());
    int blockSize = config.memory().blockSize();
    GenerationConfig generation = GenerationConfig.load(config.model());
    KvCacheShape kvCache = KvCacheShape.of(spec, blockSize, kvCacheDtype(config, backend));
    // The number of blocks is not known yet and no part of the batch depends on it.
    SchedulerConfig draft = schedulerConfig(config, backend, spec, generation, maxModelLen, 1, 0);
    BatchLimits batchLimits = DecoderRunner.batchLimits(draft);
    MemoryDemand demand =
        new MemoryDemand(
            backend.memoryFacts(),
            backend.usesHostMemory(),
            Decoder.weightBytes(spec, directory.weights(), backend),
            Decoder.workspaceBytes(spec, batchLimits, maxModelLen, backend.activationType())
                + DecoderRunner.samplerBytes(draft, backend)
                + backend.ownBytes(),
            Runtime.getRuntime().maxMemory(),
            kvCache.bytesPerBlock(),
            maxModelLen,
            config.scheduler().maxNumSeqs(),
            config.memory());
    MemoryPlan plan = MemoryPlan.of(demand);
    return new PlannedModel(
        directory,
        backend,
        generation,
        kvCache,
        schedulerConfig(
                config,
                backend,
                spec,
                generation,
                maxModelLen,
                plan.numBlocks(),
                plan.numSwapBlocks())
            .withPrefixCaching(
                config.scheduler().enablePrefixCaching(),
                KvFingerprint.of(
                    directory,
                    kvCache,
                    rounding(config),
                    linearInputs(config, backend),
                    backend.inputRoundings())),
        plan);
  }

  private static int maxModelLen(ServeConfig config, int modelLimit) {
    int asked = config.maxModelLen().orElse(modelLimit);
    if (asked > modelLimit) {
      throw new ConfigException(
          "--max-model-len is %d, the model was made for at most %d (max_position_embeddings)"
              .formatted(asked, modelLimit));
    }
    return asked;
  }

  /** On a CPU large steps gain nothing, hold up running streams and need more workspace. */
  private static int batchedTokens(ServeConfig.SchedulerOptions options, Backend backend) {
    int fitting = backend.usesHostMemory() ? 256 : 2048;
    return options.maxNumBatchedTokens().orElse(Math.max(fitting, options.maxNumSeqs()));
  }

  private static SchedulerConfig schedulerConfig(
      ServeConfig config,
      Backend backend,
      ModelSpec spec,
      GenerationConfig generation,
      int maxModelLen,
      int numBlocks,
      int numSwapBlocks) {
    ServeConfig.SchedulerOptions options = config.scheduler();
    // A step can never hold more tokens than all its requests at full length.
    long most = (long) options.maxNumSeqs() * maxModelLen;
    EngineLimits limits =
        new EngineLimits(
            maxModelLen,
            options.maxNumSeqs(),
            (int) Math.min(batchedTokens(options, backend), most),
            config.memory().blockSize(),
            numBlocks,
            options.maxQueuedRequests(),
            options.maxQueuedTokens(),
            spec.vocabSize(),
            config.maxLogprobs());
    return new SchedulerConfig(
            limits,
            options.longPrefillTokenThreshold(),
            SchedulerConfig.DEFAULT_MAX_SCORED_ROWS,
            generation.eosTokenIds())
        .withPreemption(
            PreemptionConfig.DEFAULT
                .withPolicy(
                    options.usesPriorities() ? SchedulingPolicy.PRIORITY : SchedulingPolicy.FCFS,
                    options.priorityAging().toNanos())
                .withSwapBlocks(numSwapBlocks))
        .withStepsInFlight(options.asyncScheduling() ? 2 : 1)
        .withSpeculation(options.speculation());
  }

  @Override
  public void close() {
    backend.close();
    directory.close();
  }
}
