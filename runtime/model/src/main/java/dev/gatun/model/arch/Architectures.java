package dev.gatun.model.arch;

import dev.gatun.model.ModelLoadException;
import dev.gatun.model.config.ConfigFile;
import java.util.List;

/** The table of supported architectures. */
public final class Architectures {
  private static final List<Architecture> ALL =
      List.of(new Llama(), new Mistral(), new Qwen2(), new Qwen3());

  private Architectures() {}

  /** An architecture and the name by which config.json asked for it. */
  public record Match(String name, Architecture architecture) {}

  /** Names that config.json may use. */
  public static List<String> supportedNames() {
    return ALL.stream().flatMap(architecture -> architecture.names().stream()).toList();
  }

  /**
   * The first supported one of the architectures that config.json names.
   *
   * @throws ModelLoadException listing the supported ones if there is none
   */
  public static Match match(ConfigFile config) {
    List<String> asked = config.architectures();
    for (String name : asked) {
      for (Architecture architecture : ALL) {
        if (architecture.names().contains(name)) {
          return new Match(name, architecture);
        }
      }
    }
    throw new ModelLoadException(
        "%s: architecture %s is not supported; supported are %s"
            .formatted(
                ConfigFile.FILE_NAME,
                String.join(", ", asked),
                String.join(", ", supportedNames())));
  }
}
