package dev.gatun.model.jinja;

/**
 * A piece of a template.
 *
 * @param text of DATA the text, of STRING the value, of the others as written
 */
record Token(Kind kind, String text, int line) {

  enum Kind {
    DATA,
    BLOCK_BEGIN,
    BLOCK_END,
    VARIABLE_BEGIN,
    VARIABLE_END,
    NAME,
    STRING,
    INTEGER,
    FLOAT,
    OPERATOR,
    END
  }

  boolean isName(String name) {
    return kind == Kind.NAME && text.equals(name);
  }

  boolean isOperator(String operator) {
    return kind == Kind.OPERATOR && text.equals(operator);
  }

  /** How messages call this token. */
  String described() {
    return switch (kind) {
      case END -> "end of template";
      case DATA -> "template text";
      case BLOCK_BEGIN, BLOCK_END, VARIABLE_BEGIN, VARIABLE_END, NAME, INTEGER, FLOAT, OPERATOR ->
          "'" + text + "'";
      case STRING -> "string '" + (text.length() > 40 ? text.substring(0, 40) + "..." : text) + "'";
    };
  }
}
