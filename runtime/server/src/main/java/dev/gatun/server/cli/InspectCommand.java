package dev.gatun.server.cli;

import dev.gatun.model.config.ModelConfig;
import dev.gatun.model.spec.ModelSpec;
import dev.gatun.model.spec.QuantizationSpec;
import dev.gatun.model.spec.WeightRounding;
import dev.gatun.server.config.ConfigLoader;
import dev.gatun.server.serve.PlannedModel;
import dev.gatun.tensor.Backends;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** {@code gatun inspect}: what a model directory is, before serving it. */
final class InspectCommand {
  private static final String HELP =
      """
      Usage: gatun inspect MODEL_DIR [options of serve]
      Prints what a model is, which devices there are and the memory it would take. Options of serve
      change the plan, for example:
        gatun inspect models/my-llama --max-model-len 4k --max-num-seqs 8\
      """;

  private final PrintStream out;
  private final Map<String, String> environment;

  InspectCommand(PrintStream out, Map<String, String> environment) {
    this.out = out;
    this.environment = environment;
  }

  int run(List<String> arguments) {
    ServeArguments parsed = ServeArguments.parse(arguments);
    if (parsed.isHelp()) {
      out.println(HELP);
      return 0;
    }
    try (PlannedModel model =
        PlannedModel.open(new ConfigLoader(environment).load(parsed.flags(), parsed.file()))) {
      print(model);
    }
    return 0;
  }

  private void print(PlannedModel model) {
    ModelConfig config = model.directory().config();
    ModelSpec spec = model.directory().spec();
    row("architecture", config.architecture());
    row(
        "layers",
        "%d, hidden %d, intermediate %d, vocabulary %d%s"
            .formatted(
                spec.numLayers(),
                config.hiddenSize(),
                config.intermediateSize(),
                config.vocabSize(),
                spec.hasTiedHead() ? ", tied head" : ""));
    row(
        "attention",
        "%d heads, %d KV heads, head dimension %d%s"
            .formatted(config.numHeads(), config.numKvHeads(), config.headDim(), windows(spec)));
    row("weights", weights(config) + rounding(model.directory().rounding()));
    row("context", config.maxPositionEmbeddings() + " tokens");
    long kvBytes = model.kvCache().bytesPerBlock() / model.kvCache().blockSize();
    row("kv per token", kvBytes + " bytes, " + model.kvCache().dtype());
    row("devices", Backends.discover().describe() + "; plan for " + model.backend().name());
    model.plan().lines().forEach(line -> row("plan", line));
  }

  private static String weights(ModelConfig config) {
    return config
        .quantization()
        .map(QuantizationSpec::toString)
        .orElse(config.dtype().isEmpty() ? "floats" : config.dtype());
  }

  private static String rounding(WeightRounding rounding) {
    return rounding == WeightRounding.NONE ? "" : ", rounded to " + rounding + " while loading";
  }

  private static String windows(ModelSpec spec) {
    Set<Integer> windows = new TreeSet<>(spec.windows());
    windows.remove(0);
    return windows.isEmpty() ? "" : ", sliding window " + windows;
  }

  private void row(String name, String value) {
    out.printf("%-14s%s%n", name, value);
  }
}
