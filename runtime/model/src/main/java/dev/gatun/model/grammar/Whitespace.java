package dev.gatun.model.grammar;

/**
 * The white space that JSON may carry between its tokens, as a regular expression that is matched
 * before and after each of {@code { } [ ] : ,}. There is none around the document itself.
 */
public record Whitespace(String pattern) {

  /** None: {@code {"a":1,"b":[2,3]}}. */
  public static final Whitespace COMPACT = new Whitespace("");

  /**
   * A space, or a line break with an indentation of at most 20: how people and models write JSON,
   * while a model that is unsure cannot fill its max_tokens with white space.
   */
  public static final Whitespace BOUNDED = new Whitespace("( |\\n[ \\t]{0,20})?");

  /** Whatever JSON allows, also without end: a model may fill its max_tokens with it. */
  public static final Whitespace FLEXIBLE = new Whitespace("[ \\t\\n\\r]*");
}
