package dev.gatun.server.config;

import java.util.List;
import java.util.Locale;

/**
 * One option.
 *
 * @param name as on the command line without dashes, vLLM's spelling where the meaning is the same
 * @param aliases further spellings, for example KServe's
 * @param group heading in the help text
 * @param placeholder what stands for the value in the help text; empty for a switch
 * @param fallback textual default, parsed like any other value; empty for none
 * @param help one sentence with the unit
 * @param values accepted values and how they are read
 */
public record Setting<T>(
    String name,
    List<String> aliases,
    String group,
    String placeholder,
    String fallback,
    String help,
    ValueType<T> values) {

  /** True for an option that may stand alone and has a {@code --no-} form. */
  public boolean isSwitch() {
    return placeholder.isEmpty();
  }

  /** Environment variable that sets it: GATUN_ and the name in capitals. */
  public String environmentName() {
    return "GATUN_" + name.replace('-', '_').toUpperCase(Locale.ROOT);
  }

  /**
   * Reads a value.
   *
   * @param source where it came from, for the message
   * @throws ConfigException naming option, value, source and what is accepted
   */
  T parse(String text, String source) {
    try {
      return values.read(text.strip());
    } catch (IllegalArgumentException e) {
      throw new ConfigException(
          "--%s is '%s' (%s), must be %s".formatted(name, text, source, values.accepted()), e);
    }
  }
}
