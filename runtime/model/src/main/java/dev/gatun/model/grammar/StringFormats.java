package dev.gatun.model.grammar;

import java.util.Map;
import java.util.Optional;

/**
 * The values of a schema's {@code format} that are enforced, as regular expressions. Others are
 * annotations, as the standard has it. A date may be the 29th of February of any year.
 */
final class StringFormats {

  private static final String DATE =
      "\\d{4}-((0[13578]|1[02])-(0[1-9]|[12]\\d|3[01])|(0[469]|11)-(0[1-9]|[12]\\d|30)"
          + "|02-(0[1-9]|[12]\\d))";
  private static final String TIME =
      "([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(\\.\\d{1,9})?(Z|[+-]([01]\\d|2[0-3]):[0-5]\\d)";
  private static final String LABEL = "[A-Za-z0-9]+(-[A-Za-z0-9]+)*";
  private static final String OCTET = "(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";

  private static final Map<String, String> PATTERNS =
      Map.of(
          "date",
          DATE,
          "time",
          TIME,
          "date-time",
          DATE + "T" + TIME,
          "uuid",
          "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
          "email",
          "[A-Za-z0-9_+-]+(\\.[A-Za-z0-9_+-]+)*@" + LABEL + "(\\." + LABEL + ")+",
          "hostname",
          LABEL + "(\\." + LABEL + ")*",
          "ipv4",
          OCTET + "(\\." + OCTET + "){3}",
          "uri",
          "[A-Za-z][A-Za-z0-9+.-]*:(//"
              + LABEL
              + "(\\."
              + LABEL
              + ")*(:\\d{1,5})?)?"
              + "(/[A-Za-z0-9._~!$&'()*+,;=:@-]*)*(\\?[A-Za-z0-9._~!$&'()*+,;=:@/?-]*)?"
              + "(#[A-Za-z0-9._~!$&'()*+,;=:@/?-]*)?");

  private StringFormats() {}

  static Optional<String> pattern(String format) {
    return Optional.ofNullable(PATTERNS.get(format));
  }
}
