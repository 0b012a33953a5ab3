package dev.gatun.model.grammar;

import static dev.gatun.model.grammar.Vocabularies.accepts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EbnfTest {

  private static CompiledGrammar grammar(String text) {
    return Vocabularies.compile(new Constraint.Ebnf(text));
  }

  @Test
  void followsRecursionOnBothSides() {
    CompiledGrammar sums =
        grammar(
            """
            # sums with parentheses
            root ::= term (("+" | "-") term)*
            term ::= number | "(" root ")"
            number ::= [0-9]+
            """);

    assertThat(accepts(sums, "1+(2-(33+4))-5")).isTrue();
    assertThat(accepts(sums, "((((7))))")).isTrue();
    assertThat(accepts(sums, "(1+2")).isFalse();
    assertThat(Vocabularies.numAccepted(sums, "(1+2))")).isEqualTo(5);
    assertThat(Vocabularies.numAccepted(sums, "1++2")).isEqualTo(2);
  }

  @Test
  void countsWhatNoRegularExpressionCan() {
    CompiledGrammar palindromes =
        grammar("root ::= \"a\" root \"a\" | \"b\" root \"b\" | \"c\" | \"\"");

    assertThat(accepts(palindromes, "abbacabba")).isTrue();
    assertThat(accepts(palindromes, "")).isTrue();
    assertThat(accepts(palindromes, "abba")).isTrue();
    assertThat(accepts(palindromes, "abab")).isFalse();
  }

  @Test
  void readsLiteralsClassesAndRepetitions() {
    CompiledGrammar g =
        grammar(
            "root ::= \"\\x41\\u00e9\\n\" [^a-z\\]]{2,3} other-rule\nother-rule ::= (\"x\" .)?");

    assertThat(accepts(g, "Aé\nABC")).isTrue();
    assertThat(accepts(g, "Aé\n€0x😀")).isTrue();
    assertThat(accepts(g, "Aé\nA")).isFalse();
    assertThat(accepts(g, "Aé\nA]")).isFalse();
  }

  @Test
  void keepsTheStackFlatAcrossTailCalls() {
    CompiledGrammar list = grammar("root ::= \"x\" root | \"y\"");

    assertThat(accepts(list, "x".repeat(10_000) + "y")).isTrue();
  }

  @Test
  void stopsNestingWhereItCanStillBeClosed() {
    CompiledGrammar nested = grammar("root ::= \"(\" root \")\" | \"x\"");

    int deepest = Vocabularies.numAccepted(nested, "(".repeat(1000));

    assertThat(deepest).isEqualTo(GrammarLimits.MAX_STACK_DEPTH);
    assertThat(accepts(nested, "(".repeat(deepest) + "x" + ")".repeat(deepest))).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      quoteCharacter = '`',
      value = {
        "a ::= [b] ~ rule 'root' is not defined",
        "root ::= missing ~ rule 'missing' is not defined",
        "root ::= root [a] | [b] ~ left recursion",
        "`root ::= a\na ::= [x]? b\nb ::= a [y] | [z]` ~ left recursion",
        "root ::= [a] root ~ never come to its end",
        "root ::= [a ~ too early",
        "root ::= ([a] ~ ')' is missing",
        "root ::= (=[a]) ~ look-ahead",
        "`root ::= [a]\nroot ::= [b]` ~ defined twice",
        "root = [a] ~ '::=' is missing"
      })
  void refusesByName(String text, String named) {
    assertThatThrownBy(() -> grammar(text))
        .isInstanceOf(GrammarException.class)
        .hasMessageContaining(named);
  }
}
