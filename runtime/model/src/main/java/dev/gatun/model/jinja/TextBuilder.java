package dev.gatun.model.jinja;

/** A string in the making that pays for what it holds. */
final class TextBuilder {

  private final Budget budget;
  private final StringBuilder text = new StringBuilder();

  TextBuilder(Budget budget) {
    this.budget = budget;
  }

  TextBuilder append(CharSequence more) {
    budget.text(more.length());
    checkLength(more.length());
    text.append(more);
    return this;
  }

  TextBuilder append(char c) {
    checkLength(1);
    text.append(c);
    return this;
  }

  TextBuilder appendCodePoint(int codePoint) {
    checkLength(2);
    text.appendCodePoint(codePoint);
    return this;
  }

  TextBuilder repeat(String part, long count) {
    if (count > 0 && part.length() > 0) {
      if (count > Budget.MAX_TEXT) {
        budget.text(count);
      }
      budget.text(count * part.length());
      checkLength(count * part.length());
      text.repeat(part, (int) count);
    }
    return this;
  }

  int length() {
    return text.length();
  }

  private void checkLength(long more) {
    if (text.length() + more > Budget.MAX_TEXT) {
      throw new JinjaException("a text of more than " + Budget.MAX_TEXT + " characters");
    }
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
