package dev.gatun.server.cli;

import dev.gatun.engine.api.EngineObserver;
import dev.gatun.engine.api.GenerateRequest;
import dev.gatun.engine.api.SamplingParams;
import dev.gatun.engine.api.SamplingParamsBuilder;
import dev.gatun.model.grammar.Constraint;
import dev.gatun.model.grammar.Whitespace;
import dev.gatun.server.config.ConfigException;
import dev.gatun.server.config.ConfigLoader;
import dev.gatun.server.config.ServeConfig;
import dev.gatun.server.serve.LoadedModel;
import dev.gatun.server.serve.ModelLoader;
import dev.gatun.server.status.StartupWatch;
import dev.gatun.server.text.ConstraintCompiler;
import dev.gatun.server.text.TextChunk;
import dev.gatun.server.text.TextEvent.TextFinished;
import dev.gatun.server.text.TextRequest;
import dev.gatun.server.text.TextStream;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Unmatched;

/** {@code gatun generate}: text from a model without a server. */
@Command(
    name = "gatun generate",
    description = "Prints what a model makes of a prompt, as it is generated.",
    sortOptions = false,
    footer = {
      "",
      "Options of serve may follow. Examples:",
      "  gatun generate demo-model --chat \"What is a lock?\"",
      "  gatun generate models/my-llama \"Once upon a time\" --temperature 0.8 --max-model-len 1k",
      "  gatun generate demo-model --chat \"Is a lock a ship?\" --regex \"yes|no\""
    })
final class GenerateCommand implements Callable<Integer> {

  @Parameters(index = "0", paramLabel = "MODEL_DIR", description = "Model directory.")
  private String model = "";

  @Parameters(index = "1", paramLabel = "PROMPT", description = "The prompt.")
  private String prompt = "";

  @Option(names = "--chat", description = "Puts the prompt through the model's chat template.")
  private boolean isChat;

  @Option(
      names = "--max-tokens",
      paramLabel = "COUNT",
      description = "Output tokens at most [100, or what the context leaves].")
  private int maxTokens = 100;

  @Option(
      names = "--temperature",
      paramLabel = "NUMBER",
      description = "0 takes the likeliest token [0].")
  private float temperature;

  @Option(names = "--seed", paramLabel = "NUMBER", description = "Seed of the sampling [0].")
  private long seed;

  @Option(
      names = "--regex",
      paramLabel = "PATTERN",
      description = "The text matches this regular expression.")
  private @Nullable String regex;

  @Option(
      names = "--json-schema",
      paramLabel = "JSON",
      description = "The text is a JSON document of this schema.")
  private @Nullable String jsonSchema;

  @Unmatched private List<String> serveOptions = new ArrayList<>();

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Prints this.")
  private boolean unusedHelp;

  private final PrintStream out;

  GenerateCommand(PrintStream out) {
    this.out = out;
  }

  @Override
  public Integer call() throws InterruptedException {
    List<String> arguments = new ArrayList<>(serveOptions);
    arguments.add(model);
    // One request: the smallest memory plan unless the options say otherwise.
    arguments.addFirst("--max-num-seqs=1");
    ServeArguments parsed = ServeArguments.parse(arguments);
    ServeConfig config = new ConfigLoader(Map.of()).load(parsed.flags(), parsed.file());
    try (LoadedModel loaded =
        new ModelLoader(config, new StartupWatch(System::nanoTime))
            .load(_ -> EngineObserver.NONE)) {
      print(loaded);
    }
    return 0;
  }

  private void print(LoadedModel loaded) throws InterruptedException {
    int[] promptIds = promptIds(loaded);
    int room = loaded.engine().limits().maxModelLen() - promptIds.length;
    SamplingParamsBuilder sampling =
        SamplingParams.builder()
            .temperature(temperature)
            .seed(seed)
            .maxTokens(Math.clamp(room, 1, maxTokens));
    constrain(sampling, loaded.served().constraints());
    TextStream stream =
        loaded
            .served()
            .generate(
                new TextRequest(
                    "generate",
                    promptIds,
                    sampling.build(),
                    List.of(),
                    false,
                    true,
                    GenerateRequest.NO_DEADLINE));
    TextFinished finished = null;
    while (finished == null) {
      TextChunk chunk = stream.nextChunk();
      out.print(chunk.text());
      out.flush();
      finished = chunk.finished();
    }
    out.println();
  }

  private void constrain(SamplingParamsBuilder sampling, ConstraintCompiler compiler) {
    if (regex != null && jsonSchema != null) {
      throw new ConfigException("--regex and --json-schema exclude each other");
    }
    if (regex != null) {
      sampling.constraint(compiler.compile("--regex", new Constraint.Regex(regex)));
    }
    if (jsonSchema != null) {
      Constraint schema = new Constraint.JsonSchema(jsonSchema, Whitespace.BOUNDED);
      sampling.constraint(compiler.compile("--json-schema", schema));
    }
  }

  private int[] promptIds(LoadedModel loaded) {
    if (!isChat) {
      return loaded.tokenizer().encode(prompt, true);
    }
    Map<String, Object> variables = new HashMap<>();
    variables.put("messages", List.of(Map.of("role", "user", "content", prompt)));
    variables.put("add_generation_prompt", true);
    return loaded.tokenizer().encode(loaded.requireChatTemplate().render(variables), false);
  }
}
