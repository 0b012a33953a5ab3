package dev.gatun.server.config;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the sources say, strongest first: flags, environment, file. An option set in several takes
 * the strongest.
 */
final class SettingValues {

  /** Texts by option name (without dashes), from one source. */
  record Source(String name, Map<String, String> texts) {
    Source {
      texts = Map.copyOf(texts);
    }
  }

  private final List<Source> sources;

  SettingValues(List<Source> sources) {
    this.sources = List.copyOf(sources);
  }

  /**
   * Value of an option that has a default.
   *
   * @throws ConfigException if the text is not accepted
   */
  <T> T get(Setting<T> setting) {
    return find(setting)
        .orElseThrow(() -> new ConfigException("--" + setting.name() + " is missing"));
  }

  /** Value of an option, or its default, or nothing. */
  <T> Optional<T> find(Setting<T> setting) {
    for (Source source : sources) {
      String text = text(source, setting);
      if (text != null) {
        return Optional.of(setting.parse(text, source.name()));
      }
    }
    return setting.fallback().isEmpty()
        ? Optional.empty()
        : Optional.of(setting.parse(setting.fallback(), "default"));
  }

  private static @Nullable String text(Source source, Setting<?> setting) {
    String text = source.texts().get(setting.name());
    for (String alias : setting.aliases()) {
      text = text == null ? source.texts().get(alias) : text;
    }
    return text;
  }
}
