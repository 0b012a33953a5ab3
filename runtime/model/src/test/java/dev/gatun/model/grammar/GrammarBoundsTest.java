package dev.gatun.model.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class GrammarBoundsTest {

  private static final long SEED = 99_173L;

  @Test
  void refusesWhatBlowsUpNamingTheLimit() {
    refuses(new Constraint.Regex("((a{100}){100}){100}"), "nodes of the automaton");
    refuses(new Constraint.Regex("a{20001}"), "repetitions: 20001");
    refuses(new Constraint.Regex("(".repeat(101) + ")".repeat(101)), "nested groups");
    refuses(new Constraint.Regex("a".repeat((1 << 20) + 1)), "characters of the regular");
    refuses(new Constraint.Ebnf("root ::= " + "a".repeat(1 << 20)), "characters of the grammar");
    refuses(new Constraint.Ebnf("root ::= [a]" + "?".repeat(200)), "quantifiers");
    refuses(schema("[".repeat(900) + "]".repeat(900)), "an object or a boolean");
    refuses(schema("{\"items\":".repeat(101) + "{}" + "}".repeat(101)), "nested subschemas");
    refuses(schema(manyProperties(10_000, "")), "subschemas: 4097");
    refuses(schema("{\"maxLength\":1000000}"), "maxLength: 1000000");
    refuses(schema("{\"allOf\":[{\"$ref\":\"#\"},{\"type\":\"object\"}]}"), "nested");
    refuses(new Constraint.Choice(List.of()), "at least one");
    List<String> many = IntStream.range(0, 10_001).mapToObj(Integer::toString).toList();
    refuses(new Constraint.Choice(many), "options of a choice: 10001");
  }

  @Test
  void takesWhatLiesJustWithinTheLimits() {
    assertThat(Vocabularies.accepts(Vocabularies.regex("a{20000}"), "a".repeat(20_000))).isTrue();
    String nested = "(".repeat(100) + "b" + ")".repeat(100);
    assertThat(Vocabularies.accepts(Vocabularies.regex(nested), "b")).isTrue();
    CompiledGrammar wide = Vocabularies.compact(manyProperties(4_000, ""));
    assertThat(Vocabularies.accepts(wide, "{\"p0\":1,\"p3999\":2}")).isTrue();
    assertThat(Vocabularies.accepts(wide, "{\"p1\":1,\"p0\":2}")).isFalse();
    List<String> many = IntStream.range(0, 10_000).mapToObj(Integer::toString).toList();
    CompiledGrammar choice = Vocabularies.compile(new Constraint.Choice(many));
    assertThat(Vocabularies.accepts(choice, "9999")).isTrue();
    assertThat(Vocabularies.accepts(choice, "10000")).isFalse();
  }

  /** Three classes that overlap tell all letters apart: each token leads to a state of its own. */
  @Test
  void aMaskThatCostsTooMuchFailsNamingTheLimit() {
    refuses(new Constraint.Regex("(a?b?c?){7000}"), "alternatives open at once: 20001");
    TokenTrie trie = Vocabularies.bytesAndPieces(SEED, "abcdefgh");
    GrammarMatcher matcher =
        new GrammarCompiler(trie)
            .compile(
                new Constraint.Regex(
                    "[a-h]*([aceg][a-h]{3000}|[abef][a-h]{3000}|[abcd][a-h]{3000})"))
            .newMatcher();
    Random random = new Random(SEED);
    for (int i = 0; i < 3_000; i++) {
      assertThat(matcher.accept('a' + random.nextInt(8))).isTrue();
    }

    assertThatThrownBy(() -> matcher.fillBitmask(new long[trie.maskWords()]))
        .isInstanceOf(GrammarException.class)
        .hasMessageContaining("steps for one token: 5000001");
    assertThat(matcher.accept('a')).as("the matcher is still usable").isTrue();
  }

  @Test
  void randomSourcesAreCompiledOrRefused() {
    Random random = new Random(SEED);
    String regexParts = "ab01()[]{}|*+?.^$\\,-:=<!dwsxuPké{2}";
    String ebnfParts = "root ::= \"a\" [b] ( ) | * + ? {2} # \\ \n x ::= root x ";
    String schemaParts =
        "{ } [ ] \"type\": \"object\" \"properties\": \"$ref\":\"#\" , \"items\": 1 \"a\": true";
    int numCompiled = 0;
    for (int i = 0; i < 3_000; i++) {
      List<Constraint> constraints =
          List.of(
              new Constraint.Regex(characters(random, regexParts, 14)),
              new Constraint.Ebnf("root ::= " + words(random, ebnfParts, 12)),
              schema("{" + words(random, schemaParts, 8) + "}"));
      for (Constraint constraint : constraints) {
        numCompiled += isCompiled(constraint) ? 1 : 0;
      }
    }
    assertThat(numCompiled).as("of 9000, seed %s", SEED).isBetween(300, 8_000);
  }

  /** Any other exception than the one for clients fails the test. */
  private static boolean isCompiled(Constraint constraint) {
    try {
      return Vocabularies.compile(constraint).numNodes() > 0;
    } catch (GrammarException e) {
      assertThat(e).as("%s", constraint).message().isNotBlank();
      return false;
    }
  }

  @Test
  void compilesOnceHoweverManyAskAndForgetsTheOldest() {
    GrammarCache cache = new GrammarCache(new GrammarCompiler(Vocabularies.bytes()), 2);
    Constraint one = new Constraint.Regex("1");
    Constraint two = new Constraint.Regex("2");
    CompiledGrammar first = cache.get(one);
    CompiledGrammar second = cache.get(two);
    assertThat(cache.get(new Constraint.Regex("1"))).isSameAs(first);

    cache.get(new Constraint.Regex("3"));

    assertThat(cache.size()).isEqualTo(2);
    assertThat(cache.get(one)).as("used last").isSameAs(first);
    assertThat(cache.get(two)).as("used longest ago").isNotSameAs(second);
  }

  @Test
  void concurrentRequestsShareOneGrammar() {
    GrammarCache cache = new GrammarCache(new GrammarCompiler(Vocabularies.bytes()), 4);
    Constraint constraint = schema(SchemaSamples.PERSON);
    try (ExecutorService pool = Executors.newVirtualThreadPerTaskExecutor()) {
      List<CompletableFuture<CompiledGrammar>> asked =
          IntStream.range(0, 16).mapToObj(_ -> cache.get(constraint, pool)).toList();
      List<CompletableFuture<String>> texts =
          IntStream.range(0, 16)
              .mapToObj(
                  i ->
                      asked.get(i).thenApplyAsync(g -> new RandomWalk(g, i).next(40, "}]\""), pool))
              .toList();

      assertThat(asked).allSatisfy(g -> assertThat(g.join()).isSameAs(asked.getFirst().join()));
      assertThat(texts).allSatisfy(t -> assertThat(t.join()).startsWith("{\"name\":"));
    }
  }

  @Test
  void failuresAreToldAndNotKept() {
    GrammarCache cache = new GrammarCache(new GrammarCompiler(Vocabularies.bytes()), 4);

    assertThatThrownBy(() -> cache.get(new Constraint.Regex("(")))
        .isInstanceOf(GrammarException.class);
    CompletableFuture<CompiledGrammar> refused =
        cache.get(
            new Constraint.Regex("a"),
            _ -> {
              throw new RejectedExecutionException("full");
            });
    assertThatThrownBy(refused::join).isInstanceOf(CompletionException.class);
    assertThat(cache.size()).isZero();
  }

  private static void refuses(Constraint constraint, String named) {
    assertThatThrownBy(() -> Vocabularies.compile(constraint))
        .isInstanceOf(GrammarException.class)
        .hasMessageContaining(named);
  }

  private static Constraint schema(String schema) {
    return new Constraint.JsonSchema(schema, Whitespace.COMPACT);
  }

  private static String manyProperties(int count, String more) {
    return IntStream.range(0, count)
        .mapToObj(i -> "\"p" + i + "\":{\"type\":\"integer\"}")
        .collect(Collectors.joining(",", "{\"properties\":{", "}" + more + "}"));
  }

  private static String characters(Random random, String parts, int maxLength) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(maxLength); i >= 0; i--) {
      text.append(parts.charAt(random.nextInt(parts.length())));
    }
    return text.toString();
  }

  private static String words(Random random, String parts, int maxLength) {
    List<String> words = List.of(parts.split(" ", -1));
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(maxLength); i >= 0; i--) {
      text.append(words.get(random.nextInt(words.size()))).append(' ');
    }
    return text.toString();
  }
}
