package dev.gatun.model.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatun.model.tokenizer.SharedTokenizers;
import dev.gatun.model.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GrammarMatcherTest {

  private static final long SEED = 4_711L;

  @Test
  void masksAreExactlyTheTokensThatAreAccepted() {
    TokenTrie trie = Vocabularies.bytesAndPieces(SEED, "{}[]\":, 01.-eaé");
    List<Constraint> constraints =
        List.of(
            new Constraint.JsonSchema(SchemaSamples.PERSON, Whitespace.FLEXIBLE),
            new Constraint.JsonSchema(SchemaSamples.TREE, Whitespace.COMPACT),
            new Constraint.JsonSchema(SchemaSamples.OPEN, Whitespace.COMPACT),
            new Constraint.JsonObject(Whitespace.FLEXIBLE),
            new Constraint.Regex("([01]{1,3}[.,:]|a*é)+"),
            new Constraint.Ebnf("root ::= \"[\" (root (\",\" root)*)? \"]\" | [0-9]+"));
    for (Constraint constraint : constraints) {
      CompiledGrammar grammar = new GrammarCompiler(trie).compile(constraint);
      Random random = new Random(SEED);
      for (int walk = 0; walk < 6; walk++) {
        walkComparing(grammar.newMatcher(), random, 30);
      }
    }
  }

  /** At the bound of the stack the mask of the cut stack must not be used as it is. */
  @Test
  void masksAreExactAtTheBoundOfTheStackToo() {
    TokenTrie trie = Vocabularies.bytesAndPieces(SEED, "[[[]1,");
    CompiledGrammar grammar =
        new GrammarCompiler(trie)
            .compile(new Constraint.Ebnf("root ::= \"[\" root (\",\" root)? \"]\" | \"1\""));
    GrammarMatcher matcher = grammar.newMatcher();
    for (int i = 0; i < GrammarLimits.MAX_STACK_DEPTH - 4; i++) {
      assertThat(matcher.accept('[')).isTrue();
    }

    walkComparing(matcher, new Random(SEED), 60);
  }

  private static void walkComparing(GrammarMatcher matcher, Random random, int numTokens) {
    long[] mask = new long[1024 / 64];
    for (int i = 0; i < numTokens && !matcher.isTerminated(); i++) {
      assertThat(matcher.fillBitmask(mask)).isTrue();
      for (int token = 0; token < 1024; token++) {
        assertThat(matcher.copy().accept(token))
            .as("seed %s, token %s of step %s", SEED, token, i)
            .isEqualTo((mask[token >> 6] >> token & 1) != 0);
      }
      List<Integer> allowed = RandomWalk.allowed(mask);
      matcher.accept(allowed.get(random.nextInt(allowed.size())));
    }
  }

  @Test
  void endsOnlyWhereTheTextMayEnd() {
    GrammarMatcher matcher = Vocabularies.regex("ab?").newMatcher();
    long[] mask = new long[6];

    assertThat(matcher.accept(Vocabularies.END)).isFalse();
    assertThat(matcher.accept('a')).isTrue();
    matcher.fillBitmask(mask);
    assertThat(RandomWalk.allowed(mask)).containsExactly((int) 'b', Vocabularies.END);
    assertThat(matcher.accept(Vocabularies.END)).isTrue();
    assertThat(matcher.fillBitmask(mask)).isFalse();
    assertThat(matcher.accept('b')).isFalse();
    assertThat(matcher.accept(-1)).isFalse();
    assertThat(matcher.accept(9999)).isFalse();
  }

  @Test
  void takesTokensBackAndCopiesGoTheirOwnWay() {
    GrammarMatcher matcher = Vocabularies.regex("abc|abd").newMatcher();
    assertThat(matcher.accept('a')).isTrue();
    assertThat(matcher.accept('b')).isTrue();
    GrammarMatcher copy = matcher.copy();
    assertThat(matcher.accept('c')).isTrue();
    assertThat(matcher.accept(Vocabularies.END)).isTrue();

    matcher.rollback(2);

    assertThat(matcher.isTerminated()).isFalse();
    assertThat(matcher.isComplete()).isFalse();
    assertThat(matcher.numTokens()).isEqualTo(2);
    assertThat(matcher.accept('d')).isTrue();
    assertThat(matcher.mustEnd()).isTrue();
    assertThat(copy.accept('c')).isTrue();
    assertThatThrownBy(() -> copy.rollback(4)).isInstanceOf(IllegalArgumentException.class);
    copy.rollback(3);
    assertThat(copy.accept('b')).isFalse();
  }

  @Test
  void goesOnWhenTheStatesOfTheGrammarAreDropped() {
    CompiledGrammar grammar = Vocabularies.regex("[ab]*a[ab]{16}");
    GrammarMatcher matcher = grammar.newMatcher();
    StateCache first = grammar.states();
    Random random = new Random(SEED);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 120_000; i++) {
      char c = random.nextBoolean() ? 'a' : 'b';
      text.append(c);
      assertThat(matcher.accept(c)).isTrue();
    }

    assertThat(grammar.states()).as("the cache was full once").isNotSameAs(first);
    assertThat(matcher.isComplete()).isEqualTo(text.charAt(text.length() - 17) == 'a');
    matcher.rollback(10);
    assertThat(matcher.isComplete()).isEqualTo(text.charAt(text.length() - 27) == 'a');
  }

  @ParameterizedTest
  @ValueSource(strings = {"bytelevel-512", "bytelevel-600"})
  void smallTokenizersSpellTheirTextsInAcceptedTokens(String name, @TempDir Path dir) {
    try (Tokenizer tokenizer = Vocabularies.own(dir, name)) {
      TokenTrie trie = Vocabularies.trie(tokenizer, "<|im_end|>");

      assertAcceptsTokens(tokenizer, trie, tokenizer.tokenId("<|pad|>").orElseThrow());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"qwen2.5", "gpt2", "phi-3-mini", "falcon"})
  void realTokenizersSpellTheirTextsInAcceptedTokens(String name) {
    try (Tokenizer tokenizer = Tokenizer.load(SharedTokenizers.directory(name))) {
      TokenTrie trie =
          Vocabularies.trie(tokenizer, name.equals("phi-3-mini") ? "<|end|>" : "<|endoftext|>");

      assertAcceptsTokens(tokenizer, trie, -1);
      for (int id = 0; id < trie.vocabSize(); id += 7) {
        String text = new String(trie.bytesOf(id), StandardCharsets.UTF_8);
        if (!text.isEmpty() && !text.contains("�") && !text.startsWith(" ")) {
          assertThat(tokenizer.tokenText(id)).isEqualTo(text);
        }
      }
    }
  }

  private static void assertAcceptsTokens(Tokenizer tokenizer, TokenTrie trie, int special) {
    String document = " {\"name\":\"Zoë 😀 größe\",\"age\":42,\"tags\":[\"größe\",\"old\"]}";
    CompiledGrammar grammar =
        new GrammarCompiler(trie).compile(new Constraint.Ebnf("root ::= \" \"* \"{\" [^}]* \"}\""));
    GrammarMatcher matcher = grammar.newMatcher();
    long[] mask = new long[trie.maskWords()];
    for (int token : tokenizer.encode(document, false)) {
      matcher.fillBitmask(mask);
      assertThat(mask[token >> 6] >> token & 1).as(tokenizer.tokenText(token)).isEqualTo(1L);
      assertThat(matcher.accept(token)).isTrue();
      assertThat(special < 0 || (mask[special >> 6] >> special & 1) == 0).isTrue();
    }
    assertThat(matcher.mustEnd()).isTrue();
  }

  @Test
  void refusesATokenizerWhoseBytesAreUnknown(@TempDir Path dir) {
    try (Tokenizer tokenizer = Vocabularies.own(dir, "wordpiece-640")) {
      assertThatThrownBy(() -> TokenTrie.of(tokenizer, new int[0]))
          .isInstanceOf(GrammarException.class)
          .hasMessageContaining("tokenizer");
    }
  }
}
