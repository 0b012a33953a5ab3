package dev.gatun.model.jinja;

import dev.gatun.model.jinja.Expression.FilterCall;
import dev.gatun.model.jinja.Statement.Branch;
import dev.gatun.model.jinja.Statement.MacroDefinition;
import dev.gatun.model.jinja.Statement.Parameter;
import dev.gatun.model.jinja.Statement.Target;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Runs statements: prints, assigns, loops, defines and calls macros. */
final class Renderer {

  /** How a body ended. */
  private enum Flow {
    NEXT,
    BREAK,
    CONTINUE
  }

  private final Rendering rendering;
  private final Budget budget;
  private final ExpressionEvaluator evaluator;
  private TextBuilder out;

  Renderer(Rendering rendering) {
    this.rendering = rendering;
    this.budget = rendering.budget();
    this.evaluator = new ExpressionEvaluator(rendering);
    this.out = new TextBuilder(budget);
  }

  /** The text that {@code body} prints. */
  String render(List<Statement> body, Scope scope) {
    TextBuilder outer = out;
    out = new TextBuilder(budget);
    run(body, scope);
    String text = out.toString();
    out = outer;
    return text;
  }

  private Flow run(List<Statement> body, Scope scope) {
    for (Statement statement : body) {
      Flow flow = run(statement, scope);
      if (flow != Flow.NEXT) {
        return flow;
      }
    }
    return Flow.NEXT;
  }

  private Flow run(Statement statement, Scope scope) {
    budget.enter();
    Flow flow = Flow.NEXT;
    switch (statement) {
      case Statement.Data data -> out.append(data.text());
      case Statement.Output output -> {
        budget.at(output.line());
        out.append(rendering.str(evaluator.value(output.expression(), scope)));
      }
      case Statement.If choice -> flow = choose(choice, scope);
      case Statement.For loop -> flow = loop(loop, scope, 1);
      case Statement.Set set -> {
        budget.at(set.line());
        assign(set.target(), evaluator.value(set.value(), scope), scope);
      }
      case Statement.SetBlock block ->
          flow =
              capture(
                  block.body(),
                  scope,
                  text ->
                      assign(
                          block.target(),
                          filtered(text, block.filters(), block.line(), scope),
                          scope));
      case MacroDefinition macro -> scope.set(macro.name(), new Callable.Macro(macro, scope));
      case Statement.CallBlock block -> callBlock(block, scope);
      case Statement.FilterBlock block ->
          flow =
              capture(
                  block.body(),
                  scope,
                  text -> out.append(filtered(text, block.filters(), block.line(), scope)));
      case Statement.With with -> flow = with(with, scope);
      case Statement.Scoped block -> flow = run(block.body(), new Scope(scope));
      case Statement.Break _ -> flow = Flow.BREAK;
      case Statement.Continue _ -> flow = Flow.CONTINUE;
    }
    budget.leave();
    return flow;
  }

  private Flow choose(Statement.If choice, Scope scope) {
    for (Branch branch : choice.branches()) {
      budget.at(branch.line());
      if (Types.isTrue(evaluator.value(branch.condition(), scope))) {
        return run(branch.body(), scope);
      }
    }
    return run(choice.otherwise(), scope);
  }

  private Flow loop(Statement.For statement, Scope scope, int depth) {
    budget.at(statement.line());
    return loop(statement, evaluator.value(statement.iterable(), scope), scope, depth);
  }

  private Flow loop(Statement.For statement, Object iterable, Scope scope, int depth) {
    List<Object> items = selected(statement, rendering.items(iterable), scope);
    if (items.isEmpty()) {
      return run(statement.otherwise(), new Scope(scope));
    }
    Loop loop = new Loop(items, depth, statement.isRecursive() ? statement : null, scope);
    boolean isAnyWhole = false;
    for (int i = 0; i < items.size(); i++) {
      budget.at(statement.line());
      Scope round = new Scope(scope);
      loop.moveTo(i);
      round.set("loop", loop);
      assign(statement.target(), items.get(i), round);
      Flow flow = run(statement.body(), round);
      if (flow == Flow.BREAK) {
        break;
      }
      isAnyWhole |= flow == Flow.NEXT;
    }
    // As in Jinja, rounds that were cut short do not count for else.
    return isAnyWhole ? Flow.NEXT : run(statement.otherwise(), new Scope(scope));
  }

  private List<Object> selected(Statement.For statement, List<Object> items, Scope scope) {
    Expression condition = statement.condition();
    if (condition == null) {
      return items;
    }
    List<Object> selected = new ArrayList<>();
    for (Object item : items) {
      Scope round = new Scope(scope);
      assign(statement.target(), item, round);
      if (Types.isTrue(evaluator.value(condition, round))) {
        selected.add(item);
      }
    }
    return selected;
  }

  /** {@code loop(items)} within a recursive for: the same loop over other items. */
  Object callLoop(Loop loop, Arguments arguments) {
    Statement.For statement = loop.recursive();
    if (statement == null) {
      throw new JinjaException(
          "The loop must have the 'recursive' marker to be called recursively.");
    }
    Object iterable = arguments.bind("loop()", "iterable").required("iterable");
    TextBuilder outer = out;
    out = new TextBuilder(budget);
    loop(statement, iterable, loop.outer(), loop.depth() + 1);
    String text = out.toString();
    out = outer;
    return text;
  }

  private void assign(Target target, Object value, Scope scope) {
    switch (target) {
      case Target.Name name -> scope.set(name.name(), value);
      case Target.NamespaceAttribute attribute -> {
        if (!(scope.get(attribute.namespace()) instanceof Namespace namespace)) {
          throw new JinjaException("cannot assign attribute on non-namespace object");
        }
        namespace.attributes().put(attribute.attribute(), value);
      }
      case Target.Unpacked unpacked -> {
        List<Target> targets = unpacked.targets();
        List<Object> values = rendering.items(value);
        if (values.size() != targets.size()) {
          throw new JinjaException(
              values.size() > targets.size()
                  ? "too many values to unpack (expected " + targets.size() + ")"
                  : "not enough values to unpack (expected %d, got %d)"
                      .formatted(targets.size(), values.size()));
        }
        for (int i = 0; i < targets.size(); i++) {
          assign(targets.get(i), values.get(i), scope);
        }
      }
    }
  }

  /** Hands what {@code body} prints to {@code use}, unless it breaks out of a loop around it. */
  private Flow capture(List<Statement> body, Scope scope, Consumer<String> use) {
    TextBuilder outer = out;
    out = new TextBuilder(budget);
    Flow flow = run(body, new Scope(scope));
    String text = out.toString();
    out = outer;
    if (flow == Flow.NEXT) {
      use.accept(text);
    }
    return flow;
  }

  private String filtered(String text, List<FilterCall> filters, int line, Scope scope) {
    budget.at(line);
    Object value = text;
    for (FilterCall filter : filters) {
      value = evaluator.filter(value, filter, scope);
    }
    return rendering.str(value);
  }

  private Flow with(Statement.With with, Scope scope) {
    budget.at(with.line());
    Scope inner = new Scope(scope);
    for (int i = 0; i < with.targets().size(); i++) {
      assign(with.targets().get(i), evaluator.value(with.values().get(i), scope), inner);
    }
    return run(with.body(), inner);
  }

  private void callBlock(Statement.CallBlock block, Scope scope) {
    budget.at(block.line());
    Object callee = evaluator.value(block.call().callee(), scope);
    Arguments written = evaluator.arguments(block.call().arguments(), scope);
    Map<String, Object> named = new LinkedHashMap<>(written.named());
    named.put("caller", new Callable.Macro(block.caller(), scope));
    out.append(rendering.str(rendering.call(callee, new Arguments(written.positional(), named))));
  }

  /** Calls a macro; returns what it prints. */
  String call(Callable.Macro macro, Arguments arguments) {
    budget.enter();
    MacroDefinition definition = macro.definition();
    Scope scope = new Scope(macro.closure());
    Map<String, Object> named = new HashMap<>(arguments.named());
    bindParameters(definition, arguments.positional(), named, scope);
    int line = budget.line();
    String text = render(definition.body(), scope);
    budget.at(line);
    budget.leave();
    return text;
  }

  private void bindParameters(
      MacroDefinition macro, List<Object> positional, Map<String, Object> named, Scope scope) {
    List<Parameter> parameters = macro.parameters();
    List<Parameter> absent = new ArrayList<>();
    for (int i = 0; i < parameters.size(); i++) {
      String name = parameters.get(i).name();
      Object value = i < positional.size() ? positional.get(i) : named.remove(name);
      if (value != null) {
        scope.set(name, value);
      } else {
        scope.set(name, new Undefined("parameter '" + name + "' was not provided"));
        absent.add(parameters.get(i));
      }
    }
    bindExtras(macro, positional, named, scope);
    for (Parameter parameter : absent) {
      Expression defaultValue = parameter.defaultValue();
      if (defaultValue != null) { // evaluated here, as it may use the parameters before it
        scope.set(parameter.name(), evaluator.value(defaultValue, scope));
      }
    }
  }

  private static void bindExtras(
      MacroDefinition macro, List<Object> positional, Map<String, Object> named, Scope scope) {
    int numParameters = macro.parameters().size();
    if (macro.takesCaller()) {
      Object caller = named.remove("caller");
      scope.set("caller", caller == null ? new Undefined("No caller defined") : caller);
    }
    if (macro.takesKwargs()) {
      scope.set("kwargs", new LinkedHashMap<Object, Object>(named));
    } else if (!named.isEmpty()) {
      throw new JinjaException(
          "macro '%s' takes no keyword argument '%s'"
              .formatted(macro.name(), named.keySet().iterator().next()));
    }
    List<Object> extra =
        positional.subList(Math.min(numParameters, positional.size()), positional.size());
    if (macro.takesVarargs()) {
      scope.set("varargs", new Tuple(List.copyOf(extra)));
    } else if (!extra.isEmpty()) {
      throw new JinjaException(
          "macro '%s' takes not more than %d argument(s)".formatted(macro.name(), numParameters));
    }
  }
}
