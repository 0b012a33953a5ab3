package dev.gatun.model.grammar;

import dev.gatun.model.tokenizer.SharedTokenizers;
import dev.gatun.model.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Time per mask on a real vocabulary: the first mask of a fresh grammar in a process that has
 * compiled others before, all masks along a document, and the same document again (all known).
 */
final class GrammarBench {

  private static final String DOCUMENT =
      "{\"name\":\"Ada Lovelace of Ockham\",\"age\":36,\"email\":\"ada@example.org\","
          + "\"tags\":[\"new\",\"old\"],\"score\":99.5}";

  private GrammarBench() {}

  public static void main(String[] args) {
    String name = args.length > 0 ? args[0] : "qwen2.5";
    try (Tokenizer tokenizer = Tokenizer.load(SharedTokenizers.directory(name))) {
      long start = System.nanoTime();
      TokenTrie trie = Vocabularies.trie(tokenizer, "<|endoftext|>");
      print(
          String.format(
              Locale.ROOT,
              "trie of %d tokens, %d nodes: %.0f ms",
              trie.vocabSize(),
              trie.ends[0],
              since(start)));
      GrammarCompiler compiler = new GrammarCompiler(trie);
      int[] document = tokenizer.encode(DOCUMENT, false);
      Map<String, Constraint> constraints =
          Map.of(
              "json schema",
              new Constraint.JsonSchema(SchemaSamples.PERSON, Whitespace.COMPACT),
              "json schema, blanks",
              new Constraint.JsonSchema(SchemaSamples.PERSON, Whitespace.FLEXIBLE),
              "json object",
              new Constraint.JsonObject(Whitespace.FLEXIBLE),
              "regex",
              new Constraint.Regex("\\{(\"[a-z]+\":[^{}]{1,40}[,}])+"));
      for (int round = 0; round < 4; round++) {
        boolean isShown = round == 0 || round == 3;
        constraints.forEach(
            (label, constraint) -> {
              long[][] nanos = measure(() -> compiler.compile(constraint), trie, document);
              if (isShown) {
                show(label, nanos);
              }
            });
        print(round == 0 ? "-- cold JVM above, warm below" : "--");
      }
    }
  }

  /** [compile | fresh masks | known masks][...] in nanoseconds. */
  private static long[][] measure(
      Supplier<CompiledGrammar> compile, TokenTrie trie, int[] document) {
    long start = System.nanoTime();
    CompiledGrammar grammar = compile.get();
    long compiled = System.nanoTime() - start;
    return new long[][] {
      {compiled}, follow(grammar, trie, document), follow(grammar, trie, document)
    };
  }

  private static long[] follow(CompiledGrammar grammar, TokenTrie trie, int[] document) {
    GrammarMatcher matcher = grammar.newMatcher();
    long[] mask = new long[trie.maskWords()];
    long[] nanos = new long[document.length + 1];
    for (int i = 0; i <= document.length; i++) {
      long start = System.nanoTime();
      matcher.fillBitmask(mask);
      nanos[i] = System.nanoTime() - start;
      if (i < document.length && !matcher.accept(document[i])) {
        throw new IllegalStateException("token " + i + " of the document is refused");
      }
    }
    return nanos;
  }

  private static void show(String label, long[][] nanos) {
    long first = nanos[1][0];
    long[] fresh = nanos[1].clone();
    long[] known = nanos[2].clone();
    Arrays.sort(fresh);
    Arrays.sort(known);
    print(
        String.format(
            Locale.ROOT,
            "%-20s compile %6.2f ms | first mask %6.2f ms | fresh: median %6.3f max %6.2f ms |"
                + " known: median %6.4f max %6.4f ms (%d masks)",
            label,
            nanos[0][0] / 1e6,
            first / 1e6,
            fresh[fresh.length / 2] / 1e6,
            fresh[fresh.length - 1] / 1e6,
            known[known.length / 2] / 1e6,
            known[known.length - 1] / 1e6,
            known.length));
  }

  private static double since(long start) {
    return (System.nanoTime() - start) / 1e6;
  }

  private static void print(String line) {
    System.out.println(line);
  }
}
