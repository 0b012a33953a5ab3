package dev.gatun.engine.bench.model;

import dev.gatun.model.spec.WeightRounding;
import dev.gatun.tensor.DType;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The command line of {@link ModelBench}. Values are text until they are asked for. */
final class BenchOptions {
  static final String HELP =
      """
      make bench ARGS="MODEL [OPTION...]"
        MODEL                       a model directory (Hugging Face form)
        --backend NAME              auto, cpu, cuda, reference               default cpu
        --quantization none|int8|int4|fp8  rounds a plain checkpoint at load     default none
        --threads N                 0: as many as there are processors       default 0
        --dtype TYPE                float32, or bfloat16 to round inputs     default float32
        --kv-cache-dtype TYPE       f32, f16, bf16, i8 or f8_e4m3            default f32
        --prefill N,N,...           prompt lengths, one sequence each        default 128,512,2048
        --batch N,N,...             sequences of a decode step               default 1,4,8,16
        --context N,N,...           tokens before the first decode step      default 64,512,2048
        --max-num-batched-tokens N  chunk of a longer prompt                 default 2048
        --steps N                   decode steps of one repeat               default 8
        --repeats N                 medians are over so many                 default 5
        --seconds X                 a case starts no repeat after this long  default 3
        --json FILE                 writes the figures there, too
        --probe FILE                the program that measures read bandwidth
        --matrix-tflops X           the device's matrix rate, for shares of it
      'none' in place of a list of numbers leaves that part out.\
      """;

  private static final Map<String, String> DEFAULTS =
      Map.ofEntries(
          Map.entry("backend", "cpu"),
          Map.entry("quantization", "none"),
          Map.entry("threads", "0"),
          Map.entry("dtype", "float32"),
          Map.entry("kv-cache-dtype", "f32"),
          Map.entry("prefill", "128,512,2048"),
          Map.entry("batch", "1,4,8,16"),
          Map.entry("context", "64,512,2048"),
          Map.entry("max-num-batched-tokens", "2048"),
          Map.entry("steps", "8"),
          Map.entry("repeats", "5"),
          Map.entry("seconds", "3"),
          Map.entry("json", ""),
          Map.entry("probe", ""),
          Map.entry("matrix-tflops", "NaN"));

  private final Map<String, String> values = new LinkedHashMap<>(DEFAULTS);
  private final Path model;

  /**
   * Reads the command line.
   *
   * @throws IllegalArgumentException with words for the user if it cannot be meant
   */
  BenchOptions(List<String> args) {
    String directory = "";
    for (int i = 0; i < args.size(); i++) {
      String arg = args.get(i);
      if (!arg.startsWith("--")) {
        directory = arg;
        continue;
      }
      String name = arg.substring(2);
      if (!DEFAULTS.containsKey(name)) {
        throw new IllegalArgumentException("unknown option " + arg + "; --help lists those known");
      }
      if (++i == args.size()) {
        throw new IllegalArgumentException(arg + " needs a value");
      }
      values.put(name, args.get(i));
    }
    if (directory.isEmpty()) {
      throw new IllegalArgumentException("no model directory given");
    }
    model = Path.of(directory);
  }

  Path model() {
    return model;
  }

  String text(String name) {
    String value = values.get(name);
    if (value == null) {
      throw new IllegalStateException("no option --" + name);
    }
    return value;
  }

  int number(String name, int min) {
    return parse(name, text(name), min);
  }

  double seconds() {
    return Double.parseDouble(text("seconds"));
  }

  /** Operations per second of the device's matrix units; NaN if nobody measured it. */
  double matrixRate() {
    return Double.parseDouble(text("matrix-tflops")) * 1e12;
  }

  /** A list of numbers of at least {@code min}; empty for {@code none}. */
  int[] numbers(String name, int min) {
    String text = text(name);
    if (text.equals("none")) {
      return new int[0];
    }
    return Arrays.stream(text.split(",")).mapToInt(part -> parse(name, part, min)).toArray();
  }

  private static int parse(String name, String text, int min) {
    int value;
    try {
      value = Integer.parseInt(text.strip());
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("--" + name + " is " + text + ", not a number", e);
    }
    if (value < min) {
      throw new IllegalArgumentException(
          "--%s is %d, must be at least %d".formatted(name, value, min));
    }
    return value;
  }

  DType linearInputs() {
    return switch (text("dtype")) {
      case "float32" -> DType.F32;
      case "bfloat16" -> DType.BF16;
      default ->
          throw new IllegalArgumentException(
              "--dtype is " + text("dtype") + ", must be float32 or bfloat16");
    };
  }

  WeightRounding rounding() {
    return switch (text("quantization")) {
      case "none" -> WeightRounding.NONE;
      case "int8" -> WeightRounding.INT8;
      case "int4" -> WeightRounding.INT4;
      case "fp8" -> WeightRounding.FP8;
      default ->
          throw new IllegalArgumentException(
              "--quantization is %s, must be none, int8, int4 or fp8"
                  .formatted(text("quantization")));
    };
  }

  DType kvType() {
    return DType.valueOf(text("kv-cache-dtype").toUpperCase(Locale.ROOT));
  }
}
