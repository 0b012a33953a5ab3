package dev.gatun.server.text;

import dev.gatun.engine.api.SamplingParams;
import dev.gatun.engine.api.ServingException;
import dev.gatun.engine.api.TokenRules;
import dev.gatun.model.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * {@code logit_bias}, {@code allowed_token_ids} and {@code bad_words} of one request, turned into
 * {@link TokenRules} on the thread of the call: the engine's thread tokenises nothing. For one
 * thread.
 */
final class TokenRuleFields {
  private static final int MAX_BAD_WORDS = 256;
  private static final int MAX_BAD_WORD_LENGTH = 1024;

  private final ServedModel model;
  private final Map<Integer, Float> biases = new TreeMap<>();
  private int[] allowedIds = {};
  private List<int[]> bannedSequences = List.of();

  TokenRuleFields(ServedModel model) {
    this.model = model;
  }

  /** A map of token ids, as JSON keys write them, to biases. */
  void setLogitBias(String field, Object value) {
    if (!(value instanceof Map<?, ?> map)) {
      throw FieldValues.wrong(field, value, "a map of token ids to biases");
    }
    biases.clear();
    map.forEach(
        (key, bias) -> {
          if (bias == null) {
            throw FieldValues.wrong(field + "." + key, null, "a number");
          }
          biases.put(FieldValues.toInt(field + "." + key, key), FieldValues.toFloat(field, bias));
        });
  }

  void setAllowed(String field, Object value) {
    allowedIds = FieldValues.toTokenIds(field, value);
    if (allowedIds.length == 0) {
      throw FieldValues.wrong(field, value, "a list of at least one token id");
    }
  }

  /**
   * Each word is forbidden at the beginning of a text and after a space. The second form counts
   * only where the space is part of the first token and no token is added, as in vLLM: else the
   * first form already forbids it, or the space alone would be taken for the word.
   */
  void setBadWords(String field, Object value) {
    List<String> words = FieldValues.toTexts(field, value);
    if (words.size() > MAX_BAD_WORDS) {
      throw ServingException.invalidField(
          field, field + " has " + words.size() + " words, at most " + MAX_BAD_WORDS);
    }
    Tokenizer tokenizer = model.tokenizer();
    List<int[]> sequences = new ArrayList<>();
    for (String word : words) {
      String bare = word.stripLeading();
      if (bare.isEmpty() || word.length() > MAX_BAD_WORD_LENGTH) {
        throw ServingException.invalidField(
            field,
            "%s has a word of %d characters, must be 1 to %d and not blank"
                .formatted(field, word.length(), MAX_BAD_WORD_LENGTH));
      }
      int[] first = tokenizer.encode(bare, false);
      int[] spaced = tokenizer.encode(" " + bare, false);
      sequences.add(first);
      if (spaced[0] != first[0] && spaced.length == first.length) {
        sequences.add(spaced);
      }
    }
    bannedSequences = sequences;
  }

  /**
   * The rules so far.
   *
   * @throws ServingException INVALID_ARGUMENT naming a token outside the vocabulary
   */
  TokenRules build() {
    float[] values = new float[biases.size()];
    int i = 0;
    for (float bias : biases.values()) {
      values[i++] = bias;
    }
    TokenRules rules =
        new TokenRules(
            allowedIds,
            bannedSequences.toArray(int[][]::new),
            biases.keySet().stream().mapToInt(Integer::intValue).toArray(),
            values);
    rules.checkVocabulary(model.limits().vocabSize());
    return rules;
  }

  /** Refuses a request whose first token could be none: the engine would have to fail it. */
  void checkLeavesToken(SamplingParams sampling) {
    IntStream forbidden =
        bannedSequences.stream().filter(ids -> ids.length == 1).mapToInt(ids -> ids[0]);
    if (sampling.minTokens() > 0) {
      IntStream stops =
          IntStream.concat(
              Arrays.stream(model.eosTokenIds()), Arrays.stream(sampling.stopTokenIds()));
      forbidden = IntStream.concat(forbidden, stops);
    }
    int[] sorted = forbidden.sorted().toArray();
    if (allowedIds.length > 0
        && Arrays.stream(allowedIds).allMatch(id -> Arrays.binarySearch(sorted, id) >= 0)) {
      throw ServingException.invalidField(
          "allowed_token_ids",
          "allowed_token_ids names only tokens that bad_words or min_tokens forbid");
    }
  }
}
