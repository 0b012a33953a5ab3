package dev.gatun.server.config;

import dev.gatun.engine.sched.Speculation;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * The options of {@code serve}, parsed and checked against each other. Meanings and units stand in
 * {@link Settings}.
 */
public record ServeConfig(
    Path model,
    List<String> servedModelNames,
    OptionalInt maxModelLen,
    boolean useGenerationConfig,
    Optional<Path> chatTemplate,
    int maxLogprobs,
    long seed,
    String quantization,
    String dtype,
    boolean enforceEager,
    Optional<Path> cudaLibDir,
    Optional<Path> packedWeightsDir,
    MemoryOptions memory,
    SchedulerOptions scheduler,
    ListenOptions listen,
    Duration shutdownTimeout,
    Duration requestTimeout,
    boolean enableIdentityModel,
    TelemetryOptions telemetry,
    String logLevel) {

  /** Device and KV cache. */
  public record MemoryOptions(
      String device,
      int blockSize,
      String kvCacheDtype,
      OptionalInt numBlocksOverride,
      OptionalLong kvCacheBytes,
      double memoryUtilization,
      OptionalLong swapSpaceBytes) {}

  /** Bounds of a step and of the queue. */
  public record SchedulerOptions(
      int maxNumSeqs,
      OptionalInt maxNumBatchedTokens,
      int longPrefillTokenThreshold,
      boolean enablePrefixCaching,
      boolean asyncScheduling,
      Speculation speculation,
      boolean usesPriorities,
      Duration priorityAging,
      int maxQueuedRequests,
      int maxQueuedTokens) {}

  /** What is shown and exported of it all. */
  public record TelemetryOptions(
      boolean legacyMetricNames,
      Optional<String> otlpTracesEndpoint,
      Optional<String> otlpMetricsEndpoint) {}

  /** Sockets. */
  public record ListenOptions(
      String host, int port, OptionalInt grpcPort, int maxBodyBytes, int maxMessageBytes) {}

  static ServeConfig of(SettingValues values) {
    Path model = Path.of(values.get(Settings.MODEL));
    ServeConfig config =
        new ServeConfig(
            model,
            values.find(Settings.SERVED_MODEL_NAME).orElseGet(() -> List.of(directoryName(model))),
            optional(values.get(Settings.MAX_MODEL_LEN)),
            values.get(Settings.GENERATION_CONFIG).equals("auto"),
            values.find(Settings.CHAT_TEMPLATE).map(Path::of),
            values.get(Settings.MAX_LOGPROBS),
            values.get(Settings.SEED),
            values.get(Settings.QUANTIZATION),
            values.get(Settings.DTYPE),
            values.get(Settings.ENFORCE_EAGER),
            values.find(Settings.CUDA_LIB_DIR).map(Path::of),
            values.find(Settings.PACKED_WEIGHTS_DIR).map(Path::of),
            memory(values),
            scheduler(values),
            listen(values),
            Duration.ofMillis(Math.round(values.get(Settings.SHUTDOWN_TIMEOUT) * 1000)),
            Duration.ofMillis(Math.round(values.get(Settings.REQUEST_TIMEOUT) * 1000)),
            values.get(Settings.ENABLE_IDENTITY_MODEL),
            new TelemetryOptions(
                values.get(Settings.LEGACY_METRIC_NAMES),
                values.find(Settings.OTLP_TRACES_ENDPOINT),
                values.find(Settings.OTLP_METRICS_ENDPOINT)),
            values.get(Settings.LOG_LEVEL));
    check(config);
    return config;
  }

  private static MemoryOptions memory(SettingValues values) {
    long swapSpace = values.get(Settings.SWAP_SPACE);
    return new MemoryOptions(
        values.get(Settings.DEVICE),
        values.get(Settings.BLOCK_SIZE),
        values.get(Settings.KV_CACHE_DTYPE),
        values
            .find(Settings.NUM_GPU_BLOCKS_OVERRIDE)
            .map(OptionalInt::of)
            .orElse(OptionalInt.empty()),
        values
            .find(Settings.KV_CACHE_MEMORY_BYTES)
            .map(OptionalLong::of)
            .orElse(OptionalLong.empty()),
        values.get(Settings.GPU_MEMORY_UTILIZATION),
        swapSpace < 0 ? OptionalLong.empty() : OptionalLong.of(swapSpace));
  }

  private static SchedulerOptions scheduler(SettingValues values) {
    return new SchedulerOptions(
        values.get(Settings.MAX_NUM_SEQS),
        optional(values.get(Settings.MAX_NUM_BATCHED_TOKENS)),
        values.get(Settings.LONG_PREFILL_TOKEN_THRESHOLD),
        values.get(Settings.ENABLE_PREFIX_CACHING),
        values.get(Settings.ASYNC_SCHEDULING),
        SpeculativeConfig.parse(values.find(Settings.SPECULATIVE_CONFIG).orElse("")),
        values.get(Settings.SCHEDULING_POLICY).equals("priority"),
        Duration.ofMillis(Math.round(values.get(Settings.PRIORITY_AGING) * 1000)),
        values.get(Settings.MAX_NUM_QUEUED_REQS),
        values.get(Settings.MAX_NUM_QUEUED_TOKENS));
  }

  private static ListenOptions listen(SettingValues values) {
    return new ListenOptions(
        values.get(Settings.HOST),
        values.get(Settings.PORT),
        values.find(Settings.GRPC_PORT).map(OptionalInt::of).orElse(OptionalInt.empty()),
        fits(Settings.HTTP_MAX_INPUT_SIZE, values),
        fits(Settings.GRPC_MAX_RECEIVE_MESSAGE_LENGTH, values));
  }

  private static void check(ServeConfig config) {
    SchedulerOptions scheduler = config.scheduler;
    int batchedTokens = scheduler.maxNumBatchedTokens.orElse(scheduler.maxNumSeqs);
    if (scheduler.maxNumSeqs > batchedTokens) {
      throw new ConfigException(
          ("--max-num-seqs is %d, more than --max-num-batched-tokens %d:"
                  + " a step could not give each request a token")
              .formatted(scheduler.maxNumSeqs, batchedTokens));
    }
    ListenOptions listen = config.listen;
    if (listen.port != 0 && listen.grpcPort.equals(OptionalInt.of(listen.port))) {
      throw new ConfigException(
          ("--grpc-port is %d, the same as --port, which speaks gRPC already:"
                  + " leave --grpc-port out or take another")
              .formatted(listen.port));
    }
  }

  private static int fits(Setting<Long> setting, SettingValues values) {
    long bytes = values.get(setting);
    if (bytes > Integer.MAX_VALUE) {
      throw new ConfigException(
          "--%s is %d bytes, must be at most %d"
              .formatted(setting.name(), bytes, Integer.MAX_VALUE));
    }
    return (int) bytes;
  }

  private static OptionalInt optional(int value) {
    return value < 0 ? OptionalInt.empty() : OptionalInt.of(value);
  }

  private static String directoryName(Path model) {
    Path name = model.toAbsolutePath().normalize().getFileName();
    return name == null ? "model" : name.toString();
  }
}
