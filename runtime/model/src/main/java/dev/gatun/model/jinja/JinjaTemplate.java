package dev.gatun.model.jinja;

import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A parsed template. Immutable; any number of threads may render it at once. */
public final class JinjaTemplate {

  private final List<Statement> statements;

  private JinjaTemplate(List<Statement> statements) {
    this.statements = statements;
  }

  /**
   * Parses {@code source}.
   *
   * @throws JinjaException naming line and cause when it is not a template, or too large
   */
  public static JinjaTemplate parse(String source) {
    return new JinjaTemplate(TemplateParser.parse(source));
  }

  /**
   * The text of this template.
   *
   * @param variables by name: null, String, Boolean, Integer, Long, BigInteger, Float, Double, and
   *     Lists and Maps of these with String keys; read, not kept
   * @param now the local time that {@code strftime_now} shows
   * @throws JinjaException when the template refuses its input, cannot work with it, or exceeds a
   *     limit
   */
  public String render(
      Map<String, ? extends @Nullable Object> variables, Supplier<LocalDateTime> now) {
    Budget budget = new Budget();
    try {
      Scope globals = new Scope(null);
      Functions.ALL.forEach(function -> globals.set(function.name(), function));
      Scope context = new Scope(globals);
      variables.forEach((name, value) -> context.set(name, Inputs.convert(name, value)));
      return new Rendering(budget, now).renderer().render(statements, new Scope(context));
    } catch (JinjaException e) {
      throw e.withLine(budget.line());
    }
  }
}
