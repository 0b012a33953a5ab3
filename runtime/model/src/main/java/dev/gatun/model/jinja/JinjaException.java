package dev.gatun.model.jinja;

/**
 * A template cannot be parsed or rendered. The message names the line and what is wrong there,
 * except where the template itself refused its input: then it is the template's own.
 */
public final class JinjaException extends RuntimeException {

  private final boolean isRaisedByTemplate;
  private final boolean hasPlace;

  JinjaException(String message) {
    this(message, false, false);
  }

  private JinjaException(String message, boolean isRaisedByTemplate, boolean hasPlace) {
    super(message);
    this.isRaisedByTemplate = isRaisedByTemplate;
    this.hasPlace = hasPlace;
  }

  static JinjaException at(int line, String message) {
    return new JinjaException("line " + line + ": " + message, false, true);
  }

  static JinjaException raised(String message) {
    return new JinjaException(message, true, true);
  }

  /** This exception with the line, unless it has one. */
  JinjaException withLine(int line) {
    if (hasPlace) {
      return this;
    }
    JinjaException placed = at(line, getMessage());
    placed.initCause(this);
    return placed;
  }

  @Override
  public String getMessage() {
    String message = super.getMessage();
    return message == null ? "" : message;
  }

  /** Whether the template called {@code raise_exception}: its words are meant for the client. */
  public boolean isRaisedByTemplate() {
    return isRaisedByTemplate;
  }
}
