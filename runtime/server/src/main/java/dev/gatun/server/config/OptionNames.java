package dev.gatun.server.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Spellings of option names: dash = underscore, nearest names for a wrong one, names that are gone.
 */
public final class OptionNames {
  private static final int MAX_SUGGESTIONS = 3;

  private OptionNames() {}

  /** {@code --max_model_len=5} to {@code --max-model-len=5}; the value is left alone. */
  public static String normalise(String argument) {
    if (!argument.startsWith("--")) {
      return argument;
    }
    int equals = argument.indexOf('=');
    String name = equals < 0 ? argument : argument.substring(0, equals);
    return name.replace('_', '-') + argument.substring(name.length());
  }

  /**
   * Checks a name without dashes in front.
   *
   * @throws ConfigException with the successor of a retired name or the nearest names
   */
  public static void requireKnown(String name, String source) {
    if (known().contains(name)) {
      return;
    }
    String retired = Settings.RETIRED.get(name);
    if (retired != null) {
      throw new ConfigException("--" + name + " (" + source + ") is " + retired);
    }
    List<String> nearest =
        known().stream()
            .sorted(Comparator.comparingInt(other -> distance(name, other)))
            .limit(MAX_SUGGESTIONS)
            .map(other -> "--" + other)
            .toList();
    throw new ConfigException(
        "unknown flag --%s (%s); nearest: %s; 'gatun serve --help' lists all"
            .formatted(name, source, String.join(", ", nearest)));
  }

  private static List<String> known() {
    List<String> names = new ArrayList<>();
    for (Setting<?> setting : Settings.ALL) {
      names.add(setting.name());
      names.addAll(setting.aliases());
    }
    return names;
  }

  /** Levenshtein distance. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int substitution = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(substitution, 1 + Math.min(row[j - 1], row[j]));
      }
    }
    return row[b.length()];
  }
}
