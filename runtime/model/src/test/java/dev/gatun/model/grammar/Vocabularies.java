package dev.gatun.model.grammar;

import dev.gatun.model.tokenizer.Tokenizer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Random;

/** Vocabularies for tests, and texts followed through a grammar byte by byte. */
final class Vocabularies {

  /** End token of {@link #bytes}. */
  static final int END = 256;

  private Vocabularies() {}

  /** A token for each byte, whose id is the byte, and an end token. */
  static TokenTrie bytes() {
    byte[][] tokens = new byte[257][];
    for (int b = 0; b < 256; b++) {
      tokens[b] = new byte[] {(byte) b};
    }
    tokens[END] = new byte[0];
    return TokenTrie.ofBytes(tokens, new int[] {END});
  }

  /** Bytes, the end token, and tokens of several bytes that cut texts at all places. */
  static TokenTrie bytesAndPieces(long seed, String alphabet) {
    Random random = new Random(seed);
    byte[] letters = alphabet.getBytes(StandardCharsets.UTF_8);
    byte[][] tokens = new byte[1024][];
    for (int id = 0; id < tokens.length; id++) {
      tokens[id] = new byte[id < 256 ? 1 : 2 + random.nextInt(5)];
      for (int i = 0; i < tokens[id].length; i++) {
        tokens[id][i] = id < 256 ? (byte) id : letters[random.nextInt(letters.length)];
      }
    }
    tokens[END] = new byte[0];
    return TokenTrie.ofBytes(tokens, new int[] {END});
  }

  static CompiledGrammar compile(Constraint constraint) {
    return new GrammarCompiler(bytes()).compile(constraint);
  }

  static CompiledGrammar regex(String pattern) {
    return compile(new Constraint.Regex(pattern));
  }

  static CompiledGrammar compact(String schema) {
    return compile(new Constraint.JsonSchema(schema, Whitespace.COMPACT));
  }

  /** Index of the first byte of {@code text} that is refused; its length if none is. */
  static int numAccepted(CompiledGrammar grammar, String text) {
    GrammarMatcher matcher = grammar.newMatcher();
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < bytes.length; i++) {
      if (!matcher.accept(bytes[i] & 0xFF)) {
        return i;
      }
    }
    return bytes.length;
  }

  static boolean accepts(CompiledGrammar grammar, String text) {
    GrammarMatcher matcher = grammar.newMatcher();
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      if (!matcher.accept(b & 0xFF)) {
        return false;
      }
    }
    return matcher.accept(END);
  }

  static Tokenizer own(Path emptyDir, String name) {
    try (InputStream in = Vocabularies.class.getResourceAsStream("/tokenizers/" + name + ".json")) {
      Files.write(emptyDir.resolve("tokenizer.json"), Objects.requireNonNull(in).readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Tokenizer.load(emptyDir);
  }

  /** The trie of a tokenizer that ends its sequences with {@code endToken}. */
  static TokenTrie trie(Tokenizer tokenizer, String endToken) {
    OptionalInt end = tokenizer.tokenId(endToken);
    return TokenTrie.of(tokenizer, new int[] {end.orElseThrow()});
  }
}
