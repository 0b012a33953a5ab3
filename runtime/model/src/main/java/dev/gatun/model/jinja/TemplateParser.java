package dev.gatun.model.jinja;

import dev.gatun.model.jinja.Expression.FilterCall;
import dev.gatun.model.jinja.Statement.Branch;
import dev.gatun.model.jinja.Statement.MacroDefinition;
import dev.gatun.model.jinja.Statement.Parameter;
import dev.gatun.model.jinja.Statement.Target;
import dev.gatun.model.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Template text, output and tags. */
final class TemplateParser {

  private final TokenStream tokens;
  private final ExpressionParser expressions;

  /** Loops around this place in the same macro, for break and continue. */
  private int loops;

  private TemplateParser(TokenStream tokens) {
    this.tokens = tokens;
    this.expressions = new ExpressionParser(tokens);
  }

  static List<Statement> parse(String source) {
    TokenStream tokens = new TokenStream(Lexer.tokens(source));
    TemplateParser parser = new TemplateParser(tokens);
    List<Statement> statements = parser.body();
    if (!tokens.is(Kind.END)) {
      throw tokens.fail("unexpected tag " + tokens.current().described());
    }
    return statements;
  }

  /** Everything up to the end or to a tag that is one of {@code ends}, whose name comes next. */
  private List<Statement> body(String... ends) {
    tokens.enter();
    List<Statement> statements = new ArrayList<>();
    while (!tokens.is(Kind.END)) {
      Token token = tokens.next();
      switch (token.kind()) {
        case DATA -> statements.add(new Statement.Data(token.text()));
        case VARIABLE_BEGIN -> {
          statements.add(new Statement.Output(expressions.tuple(true), token.line()));
          tokens.expect(Kind.VARIABLE_END, "'}}'");
          tokens.throwUnknown();
        }
        case BLOCK_BEGIN -> {
          if (tokens.is(Kind.NAME) && List.of(ends).contains(tokens.current().text())) {
            tokens.leave();
            return List.copyOf(statements);
          }
          statements.add(tag());
          tokens.expect(Kind.BLOCK_END, "'%}'");
          tokens.throwUnknown();
        }
        case BLOCK_END, VARIABLE_END, NAME, STRING, INTEGER, FLOAT, OPERATOR, END ->
            throw new IllegalStateException("the lexer gave " + token + " outside of a tag");
      }
    }
    if (ends.length > 0) {
      throw tokens.fail("the template ends where one of " + List.of(ends) + " is missing");
    }
    tokens.leave();
    return List.copyOf(statements);
  }

  /** The body of a tag that ends with {@code end}; stands behind that name afterwards. */
  private List<Statement> bodyUntil(String end) {
    tokens.expect(Kind.BLOCK_END, "'%}'");
    List<Statement> body = body(end);
    tokens.expectName(end);
    return body;
  }

  private Statement tag() {
    Token name = tokens.expect(Kind.NAME, "the name of a tag");
    int line = name.line();
    return switch (name.text()) {
      case "if" -> ifTag(line);
      case "for" -> forTag(line);
      case "set" -> setTag(line);
      case "macro" -> macroTag(line);
      case "call" -> callTag(line);
      case "filter" -> filterTag(line);
      case "with" -> withTag(line);
      case "generation" -> new Statement.Scoped(bodyUntil("endgeneration"));
      case "block" -> blockTag();
      case "break" -> inLoop(new Statement.Break(), line);
      case "continue" -> inLoop(new Statement.Continue(), line);
      default -> throw JinjaException.at(line, "unknown or unexpected tag '" + name.text() + "'");
    };
  }

  private Statement inLoop(Statement statement, int line) {
    if (loops == 0) {
      throw JinjaException.at(line, "break or continue outside of a loop");
    }
    return statement;
  }

  private Statement ifTag(int line) {
    tokens.enterCondition();
    List<Branch> branches = new ArrayList<>();
    List<Statement> otherwise = List.of();
    int branchLine = line;
    while (true) {
      Expression condition = expressions.tuple(false);
      tokens.expect(Kind.BLOCK_END, "'%}'");
      branches.add(new Branch(condition, body("elif", "else", "endif"), branchLine));
      Token end = tokens.next();
      branchLine = end.line();
      if (end.isName("elif")) {
        continue;
      }
      if (end.isName("else")) {
        otherwise = bodyUntil("endif");
      }
      break;
    }
    tokens.leaveCondition();
    return new Statement.If(List.copyOf(branches), otherwise);
  }

  private Statement forTag(int line) {
    Target target = target("in");
    if (assigns(target, "loop")) {
      throw JinjaException.at(line, "cannot assign to the special variable 'loop' in a for");
    }
    tokens.expectName("in");
    Expression iterable = expressions.tuple(false);
    Expression condition = tokens.skipName("if") ? expressions.expression() : null;
    boolean isRecursive = tokens.skipName("recursive");
    tokens.expect(Kind.BLOCK_END, "'%}'");
    loops++;
    List<Statement> body = body("endfor", "else");
    loops--;
    boolean hasElse = tokens.next().isName("else");
    List<Statement> otherwise = hasElse ? bodyUntil("endfor") : List.of();
    return new Statement.For(target, iterable, condition, isRecursive, body, otherwise, line);
  }

  /** Names with commas between them up to {@code end}, an operator or name. */
  private Target target(String end) {
    List<Target> targets = new ArrayList<>();
    boolean isUnpacked = false;
    while (targets.isEmpty() || tokens.skipOperator(",")) {
      isUnpacked = !targets.isEmpty();
      if (isUnpacked && (tokens.isName(end) || tokens.isOperator(end))) {
        break;
      }
      if (tokens.skipOperator("(")) {
        tokens.enter();
        targets.add(target(")"));
        tokens.leave();
        tokens.expectOperator(")");
      } else {
        targets.add(new Target.Name(assignableName()));
      }
    }
    return isUnpacked ? new Target.Unpacked(List.copyOf(targets)) : targets.getFirst();
  }

  private static boolean assigns(Target target, String name) {
    return switch (target) {
      case Target.Name single -> single.name().equals(name);
      case Target.NamespaceAttribute _ -> false;
      case Target.Unpacked unpacked ->
          unpacked.targets().stream().anyMatch(part -> assigns(part, name));
    };
  }

  private String assignableName() {
    String name = tokens.expect(Kind.NAME, "a name to assign to").text();
    if (ExpressionParser.constant(name) != null) {
      throw tokens.fail("cannot assign to '" + name + "'");
    }
    return name;
  }

  private Statement setTag(int line) {
    Target target;
    if (tokens.is(Kind.NAME) && tokens.lookAhead().isOperator(".")) {
      String namespace = tokens.next().text();
      tokens.expectOperator(".");
      target =
          new Target.NamespaceAttribute(namespace, tokens.expect(Kind.NAME, "an attribute").text());
    } else {
      target = target("=");
    }
    if (tokens.skipOperator("=")) {
      return new Statement.Set(target, expressions.tuple(true), line);
    }
    List<FilterCall> filters = expressions.filterChain();
    return new Statement.SetBlock(target, filters, bodyUntil("endset"), line);
  }

  private Statement macroTag(int line) {
    String name = assignableName();
    return macroBody(name, parameters(), "endmacro", line);
  }

  /** Body and end of a macro or of a caller. */
  private MacroDefinition macroBody(String name, List<Parameter> parameters, String end, int line) {
    int outerLoops = loops;
    loops = 0;
    Set<String> outerNames = tokens.beginNames();
    List<Statement> body = bodyUntil(end);
    Set<String> names = tokens.endNames(outerNames);
    loops = outerLoops;
    return new MacroDefinition(
        name,
        parameters,
        body,
        names.contains("caller"),
        names.contains("varargs"),
        names.contains("kwargs"),
        line);
  }

  private List<Parameter> parameters() {
    tokens.expectOperator("(");
    List<Parameter> parameters = new ArrayList<>();
    while (!tokens.isOperator(")")) {
      if (!parameters.isEmpty()) {
        tokens.expectOperator(",");
      }
      String name = assignableName();
      if (tokens.skipOperator("=")) {
        parameters.add(new Parameter(name, expressions.expression()));
      } else if (!parameters.isEmpty() && parameters.getLast().defaultValue() != null) {
        throw tokens.fail("non-default argument follows default argument");
      } else {
        parameters.add(new Parameter(name, null));
      }
    }
    tokens.expectOperator(")");
    return List.copyOf(parameters);
  }

  private Statement callTag(int line) {
    List<Parameter> parameters = tokens.isOperator("(") ? parameters() : List.of();
    if (!(expressions.expression() instanceof Expression.Call call)) {
      throw JinjaException.at(line, "expected a call");
    }
    return new Statement.CallBlock(call, macroBody("caller", parameters, "endcall", line), line);
  }

  private Statement filterTag(int line) {
    List<FilterCall> filters = new ArrayList<>();
    filters.add(expressions.filterCallWithoutBar());
    filters.addAll(expressions.filterChain());
    return new Statement.FilterBlock(List.copyOf(filters), bodyUntil("endfilter"), line);
  }

  private Statement withTag(int line) {
    List<Target> targets = new ArrayList<>();
    List<Expression> values = new ArrayList<>();
    while (!tokens.is(Kind.BLOCK_END)) {
      if (!targets.isEmpty()) {
        tokens.expectOperator(",");
      }
      targets.add(new Target.Name(assignableName()));
      tokens.expectOperator("=");
      values.add(expressions.expression());
    }
    return new Statement.With(
        List.copyOf(targets), List.copyOf(values), bodyUntil("endwith"), line);
  }

  private Statement blockTag() {
    String name = tokens.expect(Kind.NAME, "a name").text();
    Statement block = new Statement.Scoped(bodyUntil("endblock"));
    tokens.skipName(name);
    return block;
  }
}
