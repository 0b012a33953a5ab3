package dev.gatun.server.config;

import java.util.List;
import java.util.Map;

/** The table of options. A new option is a row here and a field of {@link ServeConfig}. */
public final class Settings {
  private static final String MODEL_GROUP = "Model";
  private static final String MEMORY_GROUP = "Memory and scheduling";
  private static final String SERVER_GROUP = "Server";
  private static final int MAX = Integer.MAX_VALUE;

  static final Setting<String> MODEL =
      row(
          "model",
          MODEL_GROUP,
          "DIR",
          "",
          "Model directory: config.json, *.safetensors and"
              + " tokenizer.json as Hugging Face lays them out. May also be given as the argument.",
          ValueType.text("a directory"),
          "model-dir",
          "model-id");
  static final Setting<List<String>> SERVED_MODEL_NAME =
      row(
          "served-model-name",
          MODEL_GROUP,
          "NAME",
          "",
          "Names that clients may use; the first one"
              + " stands in answers and metrics. Default: the name of the model directory.",
          ValueType.names(),
          "model-name");
  static final Setting<Integer> MAX_MODEL_LEN =
      row(
          "max-model-len",
          MODEL_GROUP,
          "TOKENS",
          "auto",
          "Longest request, prompt and output" + " together. auto takes the model's own limit.",
          ValueType.countOrAuto(2));
  static final Setting<String> GENERATION_CONFIG =
      row(
          "generation-config",
          MODEL_GROUP,
          "auto|vllm",
          "auto",
          "auto takes default temperature,"
              + " top_p and the like from the model's generation_config.json, vllm ignores them.",
          ValueType.oneOf("auto", "vllm"));
  static final Setting<String> CHAT_TEMPLATE =
      row(
          "chat-template",
          MODEL_GROUP,
          "FILE",
          "",
          "Jinja chat template used instead of the" + " model's own.",
          ValueType.text("a file"));
  static final Setting<Integer> MAX_LOGPROBS =
      row(
          "max-logprobs",
          MODEL_GROUP,
          "COUNT",
          "20",
          "Most log-probabilities a request may ask for" + " per position.",
          ValueType.count(0, 1000));
  static final Setting<Long> SEED =
      row(
          "seed",
          MODEL_GROUP,
          "NUMBER",
          "0",
          "Start of the generator that gives a seed to requests" + " without one.",
          ValueType.number());

  static final Setting<String> QUANTIZATION =
      row(
          "quantization",
          MODEL_GROUP,
          "auto|int8|int4|fp8",
          "auto",
          "int8, int4 and fp8 round weights that are stored as floats while they are loaded; auto"
              + " takes all weights as they are stored, quantised ones too.",
          ValueType.oneOf("auto", "int8", "int4", "fp8"));
  static final Setting<String> DTYPE =
      row(
          "dtype",
          MODEL_GROUP,
          "auto|float32|bfloat16",
          "auto",
          "Arithmetic. On a CPU: of linear layers with bfloat16 weights; bfloat16 rounds their"
              + " inputs, too, and prefills about twice as fast on processors with dot products of"
              + " bfloat16; float32, which is auto, rounds nothing. On a GPU: type of activations;"
              + " auto is bfloat16, float32 is for comparisons and slow.",
          ValueType.oneOf("auto", "float32", "bfloat16"));
  static final Setting<Boolean> ENFORCE_EAGER =
      row(
          "enforce-eager",
          MODEL_GROUP,
          "",
          "false",
          "Launches every kernel of every step. Without it a GPU repeats decode steps that it has"
              + " recorded as CUDA graphs; texts are the same.",
          ValueType.bool());
  static final Setting<String> CUDA_LIB_DIR =
      row(
          "cuda-lib-dir",
          MEMORY_GROUP,
          "DIR",
          "",
          "Directory in which NVIDIA's libraries are looked for first. Then come the system's"
              + " library path, CUDA_HOME and the folders of nvidia-* Python wheels.",
          ValueType.text("a directory"));
  static final Setting<String> PACKED_WEIGHTS_DIR =
      row(
          "packed-weights-dir",
          MODEL_GROUP,
          "DIR",
          "",
          "Directory that keeps int8 and int4 weights as the CPU's kernels read them. The first"
              + " start writes them there once it is ready; later ones map them instead of reading"
              + " and packing the checkpoint, and share them in memory. Takes about as much space"
              + " as the weights.",
          ValueType.text("a directory"));
  static final Setting<String> DEVICE =
      row(
          "device",
          MEMORY_GROUP,
          "NAME",
          "auto",
          "Backend that computes; auto takes the fastest one"
              + " present. 'gatun inspect' lists them.",
          ValueType.text("a backend name or auto"));
  static final Setting<Integer> BLOCK_SIZE =
      row(
          "block-size",
          MEMORY_GROUP,
          "TOKENS",
          "16",
          "Tokens per KV cache block.",
          ValueType.count(1, 1024));
  static final Setting<String> KV_CACHE_DTYPE =
      row(
          "kv-cache-dtype",
          MEMORY_GROUP,
          "auto|float32|float16|bfloat16|int8|fp8",
          "auto",
          "Type of keys and values in the KV cache. auto is the type of activations, so that"
              + " nothing is rounded: float32 on a CPU, see dtype on a GPU. float16 and bfloat16"
              + " halve its memory and what attention over long contexts reads, int8 with a scale"
              + " per token and head takes about a quarter. fp8 (fp8_e4m3) is 8-bit floats without"
              + " a scale, on a GPU alone.",
          ValueType.oneOf("auto", "float32", "float16", "bfloat16", "int8", "fp8", "fp8_e4m3"));
  static final Setting<Integer> NUM_GPU_BLOCKS_OVERRIDE =
      row(
          "num-gpu-blocks-override",
          MEMORY_GROUP,
          "BLOCKS",
          "",
          "Exact number of KV cache blocks," + " whatever the device; for tests of preemption.",
          ValueType.count(1, MAX));
  static final Setting<Long> KV_CACHE_MEMORY_BYTES =
      row(
          "kv-cache-memory-bytes",
          MEMORY_GROUP,
          "BYTES",
          "",
          "Exact size of the KV cache. Default:"
              + " what gpu-memory-utilization leaves after weights and workspace, and on a CPU no"
              + " more than max-num-seqs full requests need or 4 GiB.",
          ValueType.bytes());
  static final Setting<Double> GPU_MEMORY_UTILIZATION =
      row(
          "gpu-memory-utilization",
          MEMORY_GROUP,
          "SHARE",
          "0.9",
          "Share of the device's memory"
              + " that weights, workspace and KV cache together may take, on a CPU with"
              + " the Java heap and what else the process needs.",
          ValueType.fraction());
  static final Setting<Integer> MAX_NUM_SEQS =
      row(
          "max-num-seqs",
          MEMORY_GROUP,
          "COUNT",
          "64",
          "Requests running at once.",
          ValueType.count(1, 65_536));
  static final Setting<Integer> MAX_NUM_BATCHED_TOKENS =
      row(
          "max-num-batched-tokens",
          MEMORY_GROUP,
          "TOKENS",
          "auto",
          "Tokens computed in one step, prompts and outputs together; longer prompts are computed"
              + " in chunks, between which running streams get their tokens. auto is 2048, and 256"
              + " where the CPU computes: two cores take a third of a second for so many of a model"
              + " of 0.5 billion parameters.",
          ValueType.countOrAuto(1));
  static final Setting<Integer> LONG_PREFILL_TOKEN_THRESHOLD =
      row(
          "long-prefill-token-threshold",
          MEMORY_GROUP,
          "TOKENS",
          "0",
          "Most tokens of one prompt" + " in one step; 0 for no limit but the batch.",
          ValueType.count(0, MAX));
  static final Setting<Boolean> ENABLE_PREFIX_CACHING =
      row(
          "enable-prefix-caching",
          MEMORY_GROUP,
          "",
          "true",
          "Keeps the KV of full blocks so that requests with the same beginning share it.",
          ValueType.bool());
  static final Setting<Boolean> ASYNC_SCHEDULING =
      row(
          "async-scheduling",
          MEMORY_GROUP,
          "",
          "true",
          "Plans and delivers a step while another one computes. Texts are the same without; off"
              + " whenever speculative-config is given.",
          ValueType.bool());
  static final Setting<String> SPECULATIVE_CONFIG =
      row(
          "speculative-config",
          MEMORY_GROUP,
          "JSON",
          "",
          "Speculative decoding by prompt lookup, for texts that repeat what stands in the prompt:"
              + " {\"method\": \"ngram\", \"num_speculative_tokens\": 5, \"prompt_lookup_max\": 4,"
              + " \"prompt_lookup_min\": 2}. Texts are the same without.",
          ValueType.text("a JSON object"));
  static final Setting<String> SCHEDULING_POLICY =
      row(
          "scheduling-policy",
          MEMORY_GROUP,
          "fcfs|priority",
          "fcfs",
          "Order in which requests are served: by arrival, or by arrival and their priority, of"
              + " which a lower value is earlier.",
          ValueType.oneOf("fcfs", "priority"));
  static final Setting<Double> PRIORITY_AGING =
      row(
          "priority-aging",
          MEMORY_GROUP,
          "SECONDS",
          "60",
          "With --scheduling-policy priority, how much earlier a request counts as arrived per"
              + " level of priority; none is overtaken by later ones for longer than that.",
          ValueType.seconds());
  static final Setting<Long> SWAP_SPACE =
      row(
          "swap-space",
          MEMORY_GROUP,
          "GIB",
          "auto",
          "Host memory for the KV of preempted requests, which are recomputed otherwise. auto"
              + " takes 4 for a device with memory of its own, and 0 where the KV cache is host"
              + " memory already.",
          ValueType.gibibytesOrAuto());
  static final Setting<Integer> MAX_NUM_QUEUED_REQS =
      row(
          "max-num-queued-reqs",
          MEMORY_GROUP,
          "COUNT",
          "1024",
          "Requests running and waiting together, each of n samples counted; more are refused with"
              + " 503 and Retry-After at once.",
          ValueType.count(1, 1_000_000));
  static final Setting<Integer> MAX_NUM_QUEUED_TOKENS =
      row(
          "max-num-queued-tokens",
          MEMORY_GROUP,
          "TOKENS",
          "1M",
          "Prompt tokens of requests whose first token is still to come; more are refused with 503,"
              + " but a lone prompt never. Prompt tokens per second times the time to first token"
              + " that clients accept is a good value; the default only bounds memory.",
          ValueType.count(1, MAX));

  static final Setting<String> HOST =
      row(
          "host",
          SERVER_GROUP,
          "ADDRESS",
          "0.0.0.0",
          "Address to listen on.",
          ValueType.text("an address"));
  static final Setting<Integer> PORT =
      row(
          "port",
          SERVER_GROUP,
          "PORT",
          "8080",
          "Port for everything: REST and OpenAI over HTTP/1.1"
              + " and HTTP/2, gRPC, health and metrics. 0 takes a free one.",
          ValueType.count(0, 65_535),
          "http-port");
  static final Setting<Integer> GRPC_PORT =
      row(
          "grpc-port",
          SERVER_GROUP,
          "PORT",
          "",
          "Further port for gRPC alone.",
          ValueType.count(0, 65_535));
  static final Setting<Long> HTTP_MAX_INPUT_SIZE =
      row(
          "http-max-input-size",
          SERVER_GROUP,
          "BYTES",
          "64MiB",
          "Largest HTTP body, after" + " decompression.",
          ValueType.bytes());
  static final Setting<Long> GRPC_MAX_RECEIVE_MESSAGE_LENGTH =
      row(
          "grpc-max-receive-message-length",
          SERVER_GROUP,
          "BYTES",
          "64MiB",
          "Largest gRPC message" + " taken.",
          ValueType.bytes());
  static final Setting<Double> SHUTDOWN_TIMEOUT =
      row(
          "shutdown-timeout",
          SERVER_GROUP,
          "SECONDS",
          "30",
          "Time that requests get to finish after" + " SIGTERM before they are aborted.",
          ValueType.seconds());
  static final Setting<Double> REQUEST_TIMEOUT =
      row(
          "request-timeout",
          SERVER_GROUP,
          "SECONDS",
          "0",
          "Time that a request over REST may take, waiting included, before it ends with 504, or"
              + " with an error event if its stream has begun; 0 for no limit. gRPC calls bring"
              + " deadlines of their own.",
          ValueType.seconds());
  static final Setting<Boolean> ENABLE_IDENTITY_MODEL =
      row(
          "enable-identity-model",
          SERVER_GROUP,
          "",
          "false",
          "Serves a tensor model named identity"
              + " that returns its inputs; for conformance tests and benchmarks.",
          ValueType.bool());
  static final Setting<Boolean> LEGACY_METRIC_NAMES =
      row(
          "legacy-metric-names",
          SERVER_GROUP,
          "",
          "true",
          "Metrics also appear under names that vLLM has retired, such as"
              + " vllm:gpu_cache_usage_perc, so that older dashboards and scalers keep working.",
          ValueType.bool());
  static final Setting<String> SHOW_HIDDEN_METRICS =
      row(
          "show-hidden-metrics-for-version",
          SERVER_GROUP,
          "X.Y",
          "",
          "Taken because manifests for vLLM carry it; see --legacy-metric-names.",
          ValueType.text("a version"));
  static final Setting<String> OTLP_TRACES_ENDPOINT =
      row(
          "otlp-traces-endpoint",
          SERVER_GROUP,
          "URL",
          "",
          "OpenTelemetry collector that gets a trace of each call: http://host:4317 for gRPC,"
              + " http://host:4318/v1/traces for HTTP. The variables of OpenTelemetry"
              + " (OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_TRACES_SAMPLER, ...) count as well.",
          ValueType.text("a URL"));
  static final Setting<String> OTLP_METRICS_ENDPOINT =
      row(
          "otlp-metrics-endpoint",
          SERVER_GROUP,
          "URL",
          "",
          "Collector that gets what /metrics shows, every minute or at"
              + " OTEL_METRIC_EXPORT_INTERVAL.",
          ValueType.text("a URL"));
  static final Setting<String> COLLECT_DETAILED_TRACES =
      row(
          "collect-detailed-traces",
          SERVER_GROUP,
          "all",
          "",
          "Taken because manifests for vLLM carry it; traces always have all the spans there are.",
          ValueType.text("a list of modules"));
  static final Setting<String> LOG_LEVEL =
      row(
          "log-level",
          SERVER_GROUP,
          "LEVEL",
          "info",
          "error, warn, info or debug.",
          ValueType.oneOf("error", "warn", "info", "debug"),
          "uvicorn-log-level");

  /** In the order of the help text. */
  static final List<Setting<?>> ALL =
      List.of(
          MODEL,
          SERVED_MODEL_NAME,
          MAX_MODEL_LEN,
          GENERATION_CONFIG,
          CHAT_TEMPLATE,
          MAX_LOGPROBS,
          SEED,
          QUANTIZATION,
          DTYPE,
          ENFORCE_EAGER,
          DEVICE,
          CUDA_LIB_DIR,
          PACKED_WEIGHTS_DIR,
          BLOCK_SIZE,
          KV_CACHE_DTYPE,
          NUM_GPU_BLOCKS_OVERRIDE,
          KV_CACHE_MEMORY_BYTES,
          GPU_MEMORY_UTILIZATION,
          MAX_NUM_SEQS,
          MAX_NUM_BATCHED_TOKENS,
          LONG_PREFILL_TOKEN_THRESHOLD,
          ENABLE_PREFIX_CACHING,
          ASYNC_SCHEDULING,
          SPECULATIVE_CONFIG,
          SCHEDULING_POLICY,
          PRIORITY_AGING,
          SWAP_SPACE,
          MAX_NUM_QUEUED_REQS,
          MAX_NUM_QUEUED_TOKENS,
          HOST,
          PORT,
          GRPC_PORT,
          HTTP_MAX_INPUT_SIZE,
          GRPC_MAX_RECEIVE_MESSAGE_LENGTH,
          SHUTDOWN_TIMEOUT,
          REQUEST_TIMEOUT,
          ENABLE_IDENTITY_MODEL,
          LEGACY_METRIC_NAMES,
          SHOW_HIDDEN_METRICS,
          OTLP_TRACES_ENDPOINT,
          OTLP_METRICS_ENDPOINT,
          COLLECT_DETAILED_TRACES,
          LOG_LEVEL);

  /** Options of vLLM that manifests still carry although they are gone; each stops the start. */
  static final Map<String, String> RETIRED =
      Map.of(
          "disable-log-requests", "removed: requests are not logged unless --log-level is debug",
          "num-scheduler-steps", "removed: every step is scheduled",
          "max-seq-len-to-capture", "removed: nothing is captured by length",
          "use-v2-block-manager", "removed: there is one block manager",
          "max-context-len-to-capture", "removed: nothing is captured by length");

  private Settings() {}

  public static List<Setting<?>> all() {
    return ALL;
  }

  private static <T> Setting<T> row(
      String name,
      String group,
      String placeholder,
      String fallback,
      String help,
      ValueType<T> values,
      String... aliases) {
    return new Setting<>(name, List.of(aliases), group, placeholder, fallback, help, values);
  }
}
