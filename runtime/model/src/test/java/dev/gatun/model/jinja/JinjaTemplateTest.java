package dev.gatun.model.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JinjaTemplateTest {

  private static final LocalDateTime NOW = LocalDateTime.of(2025, 6, 5, 9, 7, 3);

  @Test
  void namesTheLineOfASyntaxError() {
    assertThatThrownBy(() -> JinjaTemplate.parse("a\n{{ 1 }}\n{% if %}x{% endif %}"))
        .isInstanceOf(JinjaException.class)
        .hasMessage("line 3: expected an expression, found '%}'");
  }

  @Test
  void namesTheLineOfAFailure() {
    assertThatThrownBy(() -> render("a\n{% for i in [1] %}\n{{ x.y }}\n{% endfor %}"))
        .isInstanceOf(JinjaException.class)
        .hasMessage("line 3: 'x' is undefined");
  }

  @Test
  void namesTheLineOfAFailureWithinAMacroAndAfterIt() {
    String macro = "{% macro m() %}\n{{ 1 }}\n{% endmacro %}\n";

    assertThatThrownBy(() -> render(macro + "{{ m() + 1 }}")).hasMessageStartingWith("line 4: ");
    assertThatThrownBy(() -> render("{% macro m() %}\n{{ 1 + '' }}{% endmacro %}\n{{ m() }}"))
        .hasMessageStartingWith("line 2: ");
  }

  @Test
  void keepsTheWordsThatATemplateRaises() {
    assertThatThrownBy(() -> render("\n\n{{ raise_exception('roles must alternate') }}"))
        .isInstanceOf(JinjaException.class)
        .hasMessage("roles must alternate")
        .matches(e -> ((JinjaException) e).isRaisedByTemplate());
  }

  @Test
  void takesEveryKindOfPlainData() {
    Map<String, Object> variables = new HashMap<>();
    variables.put(
        "v",
        List.of(
            1, 2L, 0.5f, 1.5, true, "t", new BigInteger("99999999999999999999"), Map.of("k", 1)));
    variables.put("n", null);

    assertThat(JinjaTemplate.parse("{{ v }}{{ n }}").render(variables, () -> NOW))
        .isEqualTo("[1, 2, 0.5, 1.5, True, 't', 99999999999999999999, {'k': 1}]None");
  }

  @Test
  void refusesVariablesThatAreNotData() {
    JinjaTemplate template = JinjaTemplate.parse("{{ v }}");

    assertThatThrownBy(() -> template.render(Map.of("v", new StringBuilder()), () -> NOW))
        .isInstanceOf(JinjaException.class)
        .hasMessageContaining("'v' holds a java.lang.StringBuilder");
    assertThatThrownBy(() -> template.render(Map.of("v", Map.of(1, 2)), () -> NOW))
        .isInstanceOf(JinjaException.class)
        .hasMessageContaining("key that is not a string");
    assertThatThrownBy(() -> template.render(Map.of("v", nested(200)), () -> NOW))
        .isInstanceOf(JinjaException.class)
        .hasMessageContaining("nested deeper");
  }

  @Test
  void doesNotChangeWhatTheCallerPasses() {
    List<Object> list = Collections.unmodifiableList(new ArrayList<>(List.of(3, 1, 2)));
    JinjaTemplate template =
        JinjaTemplate.parse("{{ v|sort }}{{ v + [4] }}{{ v|batch(2, 9)|list }}{{ v }}");

    assertThat(template.render(Map.of("v", list), () -> NOW))
        .isEqualTo("[1, 2, 3][3, 1, 2, 4][[3, 1], [2, 9]][3, 1, 2]");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{{ ''.__class__.__mro__ }}",
        "{{ [].append(1) }}",
        "{{ {}.update({}) }}",
        "{{ raise_exception.__globals__['x'] }}",
        "{{ ''.getClass() }}",
        "{{ [].getClass() }}",
        "{{ {}.toString() }}",
        "{{ 1.5.hashCode() }}",
        "{{ namespace.wait() }}"
      })
  void reachesNothingOutsideOfTemplates(String template) {
    assertThatThrownBy(() -> render(template)).isInstanceOf(JinjaException.class);
  }

  @Test
  void servesManyThreadsAtOnce() throws Exception {
    JinjaTemplate template =
        JinjaTemplate.parse(
            "{% macro m(x) %}<{{ x }}>{% endmacro %}{% set ns = namespace(t=0) %}{% for i in"
                + " range(n) %}{% set ns.t = ns.t + i %}{{ m(i) }}{% endfor %}{{ ns.t }}");
    try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
      List<Callable<String>> calls = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        int n = i;
        calls.add(() -> template.render(Map.of("n", n), () -> NOW));
      }
      List<Future<String>> results = threads.invokeAll(calls);

      for (int n = 0; n < 200; n++) {
        assertThat(results.get(n).get()).endsWith((n == 0 ? "" : ">") + n * (n - 1) / 2);
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiterString = "##",
      value = {
        "{{ 'a' * 4194304 }} ## {{ 'a' * 4194305 }} ## characters",
        "{{ range(100000)|length }} ## {{ range(100001)|length }} ## Range too big",
        "{{ 2 ** 16383 > 0 }} ## {{ 2 ** 16384 }} ## bits",
        "{{ 'a'.ljust(4194304) }} ## {{ 'a'.ljust(4194305) }} ## characters",
        "{{ '%4194304d' % 1 }} ## {{ '%4194305d' % 1 }} ## wider",
        "{{ '{:4194304}'.format(1) }} ## {{ '{:4194305}'.format(1) }} ## wider",
        "{{ 'a'|center(4194304) }} ## {{ 'a'|center(4194305) }} ## characters",
        "{{ '1'.zfill(4194304) }} ## {{ '1'.zfill(4194305) }} ## characters",
        "{{ 'a'|indent(4194304) }} ## {{ 'a'|indent(4194305) }} ## characters"
      })
  void boundsSizes(String within, String beyond, String limit) {
    assertThat(render(within)).isNotEmpty();
    assertThatThrownBy(() -> render(beyond))
        .isInstanceOf(JinjaException.class)
        .hasMessageContaining(limit);
  }

  @ParameterizedTest
  @CsvSource(
      delimiterString = "##",
      value = {
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }} ## nested deeper",
        "{% macro m(x) %}{{ m([x]) }}{% endmacro %}{{ m(1) }} ## nested deeper",
        "{% for i in [1] recursive %}{{ loop([1]) }}{% endfor %} ## nested deeper",
        "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %} ## steps",
        "{% for i in range(99999) %}{{ 'abcdefghijklmnopqrstuvwxyz' * 9 }}{% endfor %} ##"
            + " characters",
        "{% set n = namespace(x='ab') %}{% for i in range(99) %}{% set n.x = n.x ~ n.x %}{% endfor"
            + " %} ## characters",
        "{% set n = namespace(x=[1]) %}{% for i in range(99) %}{% set n.x = n.x + n.x %}{% endfor"
            + " %} ## steps",
        "{% set n = namespace(x=[]) %}{% for i in range(999) %}{% set n.x = [n.x] %}{% endfor %}{{"
            + " n.x }} ## value nested",
        "{% set n = namespace(x=[]) %}{% for i in range(999) %}{% set n.x = [n.x] %}{% endfor %}{{"
            + " n.x|tojson }} ## value nested",
        "{% set n = namespace(x=[], y=[]) %}{% for i in range(999) %}{% set n.x = [n.x] %}{% set"
            + " n.y = [n.y] %}{% endfor %}{{ n.x == n.y }} ## value nested",
        "{% set n = namespace(x=[1]) %}{% for i in range(60) %}{% set n.x = [n.x, n.x] %}{% endfor"
            + " %}{{ n.x }} ## characters",
        "{% set n = namespace(x=[1], y=[1]) %}{% for i in range(60) %}{% set n.x = [n.x, n.x] %}{%"
            + " set n.y = [n.y, n.y] %}{% endfor %}{{ n.x == n.y }} ## steps",
        "{% set s = 'a' * 4000000 %}{% for i in range(99999) %}{{ 'b' in s }}{% endfor %} ##"
            + " characters",
        "{% set s = 'a' * 4000000 %}{% for i in range(99999) %}{% set t = s.upper() %}{% endfor %}"
            + " ## characters",
        "{{ ('a' * 4000).replace('', 'b' * 4000) }} ## characters",
        "{{ ('b' * 4000).join('a' * 4000) }} ## characters",
        "{{ [0] * 99999999999 }} ## steps",
        "{{ 'a' * 99999999999 }} ## characters",
        "{{ 9 ** 99999 }} ## bits",
        "{% set n = namespace(x=7) %}{% for i in range(99) %}{% set n.x = n.x * n.x %}{% endfor %}"
            + " ## bits"
      })
  void stopsTemplatesThatDoNotEnd(String template, String limit) {
    assertThatThrownBy(() -> render(template))
        .isInstanceOf(JinjaException.class)
        .hasMessageContaining(limit);
  }

  @Test
  void boundsSourceAndNesting() {
    assertThat(render(" ".repeat(Budget.MAX_SOURCE))).hasSize(Budget.MAX_SOURCE);
    assertThatThrownBy(() -> JinjaTemplate.parse(" ".repeat(Budget.MAX_SOURCE + 1)))
        .hasMessageContaining("characters");
    assertThat(render("{{ " + "(".repeat(90) + "1" + ")".repeat(90) + " }}")).isEqualTo("1");
    for (String[] pair :
        List.of(
            new String[] {"(", ")"},
            new String[] {"[", "]"},
            new String[] {"{1: ", "}"},
            new String[] {"-", ""},
            new String[] {"not ", ""},
            new String[] {"2 if 1 else ", ""},
            new String[] {"1 }}{% if 1 %}{{ ", ""})) {
      String deep = "{{ " + pair[0].repeat(5000) + "1" + pair[1].repeat(5000) + " }}";
      assertThatThrownBy(() -> JinjaTemplate.parse(deep))
          .isInstanceOf(JinjaException.class)
          .hasMessageContaining("nested deeper");
    }
  }

  @Test
  void readsLongChainsButBoundsTheirDepth() {
    assertThat(render("{{ 1" + " + 1".repeat(500) + " }}")).isEqualTo("501");
    assertThatThrownBy(() -> render("{{ 1" + " + 1".repeat(100_000) + " }}"))
        .hasMessageContaining("nested deeper");
  }

  private static String render(String template) {
    return JinjaTemplate.parse(template).render(Map.of(), () -> NOW);
  }

  private static Object nested(int depth) {
    Object value = "core";
    for (int i = 0; i < depth; i++) {
      value = List.of(value);
    }
    return value;
  }
}
