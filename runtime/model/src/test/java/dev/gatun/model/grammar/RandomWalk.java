package dev.gatun.model.grammar;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Generates texts by choosing among the tokens that the masks of a matcher allow. */
final class RandomWalk {

  private final CompiledGrammar grammar;
  private final Random random;

  RandomWalk(CompiledGrammar grammar, long seed) {
    this.grammar = grammar;
    this.random = new Random(seed);
  }

  /**
   * One text that the grammar accepts. After {@code softLimit} tokens the walk prefers what closes:
   * the end token, then, mostly, the characters of {@code closing}.
   */
  String next(int softLimit, String closing) {
    GrammarMatcher matcher = grammar.newMatcher();
    TokenTrie trie = grammar.trie();
    long[] mask = new long[trie.maskWords()];
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    for (int i = 0; i < 40 * softLimit; i++) {
      if (!matcher.fillBitmask(mask)) {
        throw new AssertionError("no token is allowed after " + shown(text));
      }
      int token = choose(allowed(mask), trie, i < softLimit ? "" : closing);
      if (!matcher.accept(token)) {
        throw new AssertionError("token " + token + " is in the mask, refused: " + shown(text));
      }
      if (matcher.isTerminated()) {
        return shown(text);
      }
      text.writeBytes(trie.bytesOf(token));
    }
    throw new AssertionError("the walk came to no end: " + shown(text));
  }

  private int choose(List<Integer> allowed, TokenTrie trie, String closing) {
    List<Integer> closers = new ArrayList<>();
    for (int token : allowed) {
      byte[] bytes = trie.bytesOf(token);
      if (!closing.isEmpty() && trie.isEndToken(token)) {
        return token;
      }
      if (bytes.length == 1 && closing.indexOf(bytes[0]) >= 0) {
        closers.add(token);
      }
    }
    List<Integer> from = closers.isEmpty() || random.nextInt(4) == 0 ? allowed : closers;
    return from.get(random.nextInt(from.size()));
  }

  static List<Integer> allowed(long[] mask) {
    List<Integer> tokens = new ArrayList<>();
    for (int id = 0; id < 64 * mask.length; id++) {
      if ((mask[id >> 6] >> id & 1) != 0) {
        tokens.add(id);
      }
    }
    return tokens;
  }

  private static String shown(ByteArrayOutputStream text) {
    return text.toString(StandardCharsets.UTF_8);
  }
}
