package dev.gatun.server.cli;

import dev.gatun.server.config.ConfigException;
import dev.gatun.server.config.OptionNames;
import dev.gatun.server.config.Setting;
import dev.gatun.server.config.Settings;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * The command line of {@code serve}, built from the table of settings: dash = underscore, {@code
 * --x=y} = {@code --x y}, the last one wins, as KServe concatenates the runtime's arguments with
 * the user's.
 *
 * @param flags texts by option name without dashes
 * @param file value of {@code --config}, or null
 * @param isHelp true if only the help text is wanted
 */
public record ServeArguments(Map<String, String> flags, @Nullable Path file, boolean isHelp) {
  private static final String CONFIG = "--config";
  private static final String HELP = "--help";
  private static final String NEGATION = "--no-";

  /**
   * Parses.
   *
   * @throws ConfigException on an unknown or incomplete option
   */
  public static ServeArguments parse(List<String> arguments) {
    List<String> plain = arguments.stream().map(ServeArguments::plain).toList();
    ParseResult result;
    try {
      result = commandLine().parseArgs(plain.toArray(new String[0]));
    } catch (ParameterException e) {
      throw new ConfigException(e.getMessage() + "; 'gatun serve --help' lists all", e);
    }
    Map<String, String> flags = new LinkedHashMap<>();
    for (Setting<?> setting : Settings.all()) {
      String text = result.matchedOptionValue("--" + setting.name(), null);
      if (text != null) {
        flags.put(setting.name(), text);
      }
    }
    String positional = result.matchedPositionalValue(0, null);
    if (positional != null) {
      flags.put("model", positional);
    }
    String file = result.matchedOptionValue(CONFIG, null);
    boolean isHelp = result.isUsageHelpRequested();
    return new ServeArguments(flags, file == null ? null : Path.of(file), isHelp);
  }

  /** The help text. */
  public static String help() {
    return commandLine().getUsageMessage();
  }

  /** Spells an argument as the specification below knows it. */
  private static String plain(String argument) {
    String normal = OptionNames.normalise(argument);
    if (!normal.startsWith("--")) {
      return normal;
    }
    int equals = normal.indexOf('=');
    String option = equals < 0 ? normal : normal.substring(0, equals);
    if (option.equals(CONFIG) || option.equals(HELP)) {
      return normal;
    }
    if (option.startsWith(NEGATION) && isSwitch(option.substring(NEGATION.length()))) {
      return "--" + option.substring(NEGATION.length()) + "=false";
    }
    String name = option.substring(2);
    OptionNames.requireKnown(name, "command line");
    String value = equals >= 0 ? normal.substring(equals) : isSwitch(name) ? "=true" : "";
    return "--" + mainName(name) + value;
  }

  private static String mainName(String name) {
    return Settings.all().stream()
        .filter(setting -> setting.aliases().contains(name))
        .map(Setting::name)
        .findFirst()
        .orElse(name);
  }

  private static boolean isSwitch(String name) {
    return Settings.all().stream().anyMatch(s -> s.isSwitch() && s.name().equals(name));
  }

  private static CommandLine commandLine() {
    CommandSpec spec = CommandSpec.create().name("gatun serve");
    spec.usageMessage()
        .description("Serves a model over gRPC, REST and the OpenAI API on one port.")
        .footer(
            "",
            "Every option may also be set in the environment (GATUN_MAX_MODEL_LEN=4096) or in the",
            "YAML file of --config (max-model-len: 4096). Flags win over the environment, the",
            "environment over the file. Names may be written with dashes or underscores, values",
            "as --x=y or --x y; of an option given twice the last one counts.",
            "",
            "Examples:",
            "  gatun serve models/my-llama --port 8080",
            "  gatun serve --model /mnt/models --served-model-name chat --max-model-len 4k");
    spec.addPositional(
        PositionalParamSpec.builder()
            .paramLabel("MODEL")
            .index("0")
            .arity("0..1")
            .type(String.class)
            .description("Model directory, the same as --model.")
            .build());
    spec.addOption(
        text(CONFIG).paramLabel("FILE").description("YAML file with options by name.").build());
    spec.addOption(
        OptionSpec.builder("-h", HELP).usageHelp(true).description("Prints this.").build());
    addGroups(spec);
    return new CommandLine(spec)
        .setOverwrittenOptionsAllowed(true)
        .setUsageHelpWidth(100)
        .setUsageHelpLongOptionsMaxWidth(44);
  }

  private static void addGroups(CommandSpec spec) {
    Map<String, ArgGroupSpec.Builder> groups = new LinkedHashMap<>();
    for (Setting<?> setting : Settings.all()) {
      groups
          .computeIfAbsent(setting.group(), name -> group(name, groups.size()))
          .addArg(option(setting));
    }
    groups.values().forEach(group -> spec.addArgGroup(group.build()));
  }

  private static ArgGroupSpec.Builder group(String name, int order) {
    return ArgGroupSpec.builder()
        .heading("%n" + name + "%n")
        .exclusive(false)
        .multiplicity("0..1")
        .validate(false)
        .order(order);
  }

  private static OptionSpec option(Setting<?> setting) {
    String aliases =
        setting.aliases().isEmpty()
            ? ""
            : " Also: --" + String.join(", --", setting.aliases()) + ".";
    String fallback = setting.fallback().isEmpty() ? "" : " [" + setting.fallback() + "]";
    return text("--" + setting.name())
        .paramLabel(setting.isSwitch() ? "true|false" : setting.placeholder())
        .description((setting.help() + aliases).replace("%", "%%") + fallback)
        .build();
  }

  private static OptionSpec.Builder text(String name) {
    return OptionSpec.builder(name).type(String.class).arity("1");
  }
}
