package dev.gatun.model.grammar;

import dev.gatun.model.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The vocabulary of a tokenizer as a trie over the bytes of its tokens, built once per tokenizer
 * (150,000 tokens: about 0.3 s) and shared by all threads. Special tokens are not in it; tokens
 * that end a sequence are kept apart, because they add no bytes.
 *
 * <p>Nodes are numbered in preorder, so that the nodes below node n are {@code n + 1} to {@code
 * ends[n]}, exclusive, and a walk is a loop over an array that may jump over what is refused.
 */
public final class TokenTrie {

  private static final int NONE = -1;

  private final int vocabSize;
  private final int[] endTokenIds;
  private final byte[][] bytesOfToken;

  /** Per node: depth in bytes, last byte, end of its subtree, parent, first token or -1. */
  final int[] depths;

  final byte[] labels;
  final int[] ends;
  final int[] parents;
  final int[] tokens;

  /** [vocabSize] the next token with the same bytes, or -1. */
  final int[] twins;

  final int maxDepth;

  private TokenTrie(byte[][] bytesOfToken, int[] endTokenIds) {
    this.vocabSize = bytesOfToken.length;
    this.endTokenIds = endTokenIds;
    this.bytesOfToken = bytesOfToken;
    Integer[] order = sortedTokens();
    int maxNodes = 1;
    for (int id : order) {
      maxNodes += bytesOfToken[id].length;
    }
    int[] depth = new int[maxNodes];
    byte[] label = new byte[maxNodes];
    int[] end = new int[maxNodes];
    int[] parent = new int[maxNodes];
    int[] token = new int[maxNodes];
    this.twins = new int[vocabSize];
    Arrays.fill(token, NONE);
    Arrays.fill(twins, NONE);
    int size = 1;
    int at = 0;
    byte[] previous = {};
    for (int id : order) {
      byte[] bytes = bytesOfToken[id];
      int common = Math.max(0, Arrays.mismatch(previous, bytes));
      common = Arrays.equals(previous, bytes) ? bytes.length : common;
      for (; depth[at] > common; at = parent[at]) {
        end[at] = size;
      }
      for (int i = common; i < bytes.length; i++) {
        depth[size] = i + 1;
        label[size] = bytes[i];
        parent[size] = at;
        at = size++;
      }
      twins[id] = token[at];
      token[at] = id;
      previous = bytes;
    }
    for (; at > 0; at = parent[at]) {
      end[at] = size;
    }
    end[0] = size;
    this.depths = Arrays.copyOf(depth, size);
    this.labels = Arrays.copyOf(label, size);
    this.ends = Arrays.copyOf(end, size);
    this.parents = Arrays.copyOf(parent, size);
    this.tokens = Arrays.copyOf(token, size);
    this.maxDepth = Arrays.stream(depths).max().orElse(0);
  }

  /** The trie of all tokens of {@code tokenizer}. */
  public static TokenTrie of(Tokenizer tokenizer, int[] endTokenIds) {
    return of(tokenizer, tokenizer.vocabSize(), endTokenIds);
  }

  /**
   * The trie of {@code tokenizer}.
   *
   * @param maxTokens ids from here on are left out: the logits of some models have fewer rows than
   *     their tokenizer has tokens
   * @param endTokenIds the tokens that end a sequence; they may come when the text may end, and
   *     never as text
   * @throws GrammarException when the tokenizer does not say which bytes a token stands for
   */
  public static TokenTrie of(Tokenizer tokenizer, int maxTokens, int[] endTokenIds) {
    byte[][] bytes = new byte[Math.min(tokenizer.vocabSize(), maxTokens)][];
    int numTokens = 0;
    for (int id = 0; id < bytes.length; id++) {
      bytes[id] = tokenizer.tokenBytes(id).orElse(new byte[0]);
      numTokens += bytes[id].length > 0 ? 1 : 0;
    }
    if (numTokens == 0) {
      throw new GrammarException(
          "structured output is not supported with this tokenizer: its decoder is neither byte"
              + " level nor SentencePiece");
    }
    return ofBytes(bytes, endTokenIds);
  }

  /** The trie of tokens given by their bytes; a token without bytes is never allowed as text. */
  static TokenTrie ofBytes(byte[][] bytesOfToken, int[] endTokenIds) {
    byte[][] text = bytesOfToken.clone();
    for (int id : endTokenIds) {
      if (id < 0 || id >= text.length) {
        throw new GrammarException(
            "end token " + id + " is not in the vocabulary of " + text.length + " tokens");
      }
      text[id] = new byte[0];
    }
    return new TokenTrie(text, endTokenIds.clone());
  }

  private Integer[] sortedTokens() {
    List<Integer> ids = new ArrayList<>(vocabSize);
    for (int id = 0; id < vocabSize; id++) {
      if (bytesOfToken[id].length > 0) {
        ids.add(id);
      }
    }
    ids.sort((a, b) -> Arrays.compareUnsigned(bytesOfToken[a], bytesOfToken[b]));
    return ids.toArray(Integer[]::new);
  }

  /** Number of token ids; bits from here on are never set. */
  public int vocabSize() {
    return vocabSize;
  }

  /** Longs of a mask with a bit for each token. */
  public int maskWords() {
    return (vocabSize + 63) / 64;
  }

  boolean isEndToken(int tokenId) {
    for (int id : endTokenIds) {
      if (id == tokenId) {
        return true;
      }
    }
    return false;
  }

  void markEndTokens(long[] mask) {
    for (int id : endTokenIds) {
      mask[id >> 6] |= 1L << id;
    }
  }

  /** The bytes that a token adds to the text, none for a special one; not to be changed. */
  byte[] bytesOf(int tokenId) {
    return bytesOfToken[tokenId];
  }
}
