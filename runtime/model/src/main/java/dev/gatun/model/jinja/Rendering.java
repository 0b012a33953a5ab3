package dev.gatun.model.jinja;

import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** One render: its budget, its clock, and calls of everything that has a name. For one thread. */
final class Rendering {

  private final Budget budget;
  private final Supplier<LocalDateTime> now;
  private final Renderer renderer;

  Rendering(Budget budget, Supplier<LocalDateTime> now) {
    this.budget = budget;
    this.now = now;
    this.renderer = new Renderer(this);
  }

  Budget budget() {
    return budget;
  }

  LocalDateTime now() {
    return now.get();
  }

  Renderer renderer() {
    return renderer;
  }

  Object filter(String name, Object value, Arguments arguments) {
    budget.step();
    Filters.checkArguments(name, arguments);
    return Filters.get(name).apply(this, value, arguments);
  }

  boolean test(String name, Object value, Arguments arguments) {
    budget.step();
    return Tests.get(name).holds(this, value, arguments);
  }

  Object call(Object callee, Arguments arguments) {
    return switch (callee) {
      case Callable.Macro macro -> renderer.call(macro, arguments);
      case Callable.Function function -> function.body().call(this, arguments);
      case Callable.BoundMethod method -> callMethod(method.receiver(), method.name(), arguments);
      case Callable.Joiner joiner -> joiner.next();
      case Loop loop -> renderer.callLoop(loop, arguments);
      case Undefined undefined -> throw undefined.failure();
      default -> throw new JinjaException("'" + Types.name(callee) + "' object is not callable");
    };
  }

  private Object callMethod(Object receiver, String name, Arguments arguments) {
    return switch (receiver) {
      case String text -> StringMethods.call(budget, text, name, arguments);
      case Map<?, ?> map -> ContainerMethods.callDict(budget, Types.cast(map), name, arguments);
      case List<?> list ->
          ContainerMethods.callList(budget, list, Types.cast(list), name, arguments);
      case Tuple tuple -> ContainerMethods.callList(budget, tuple, tuple.items(), name, arguments);
      case Double number -> number == Math.rint(number) && !Double.isInfinite(number);
      case Loop loop ->
          name.equals("cycle")
              ? loop.cycle(arguments.positional())
              : loop.changed(budget, arguments.positional());
      case Callable.Cycler cycler -> {
        if (name.equals("next")) {
          yield cycler.next();
        }
        cycler.reset();
        yield None.NONE;
      }
      default -> throw new IllegalStateException("a method of " + Types.name(receiver));
    };
  }

  String str(Object value) {
    return Text.str(budget, value);
  }

  List<Object> items(Object value) {
    return Types.items(budget, value);
  }
}
