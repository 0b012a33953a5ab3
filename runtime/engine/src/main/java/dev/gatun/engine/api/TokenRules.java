package dev.gatun.engine.api;

import java.util.Arrays;

/**
 * What a request says about single tokens: allowed ones, forbidden words, biases. Immutable; made
 * once per request so that a token costs no allocation.
 *
 * @param allowedIds the only tokens that may be chosen, ascending; empty allows all
 * @param bannedSequences the last token of each is forbidden where the output ends with those
 *     before it; none is empty. Only the sampler reads it, nobody may modify it
 * @param biasedIds tokens whose logits are shifted
 * @param biases by how much, parallel to {@code biasedIds}; cut to [-100, 100]
 */
public record TokenRules(
    int[] allowedIds, int[][] bannedSequences, int[] biasedIds, float[] biases) {
  /** Larger biases are cut to it, as vLLM does. */
  public static final float MAX_BIAS = 100;

  /** No rule at all. */
  public static final TokenRules NONE =
      new TokenRules(new int[0], new int[0][], new int[0], new float[0]);

  /**
   * Copies and normalises.
   *
   * @throws ServingException INVALID_ARGUMENT naming the field and the value
   */
  public TokenRules {
    allowedIds = Arrays.stream(allowedIds).sorted().distinct().toArray();
    biasedIds = biasedIds.clone();
    biases = biases.clone();
    bannedSequences = bannedSequences.clone();
    if (biasedIds.length != biases.length) {
      throw new IllegalArgumentException(
          biasedIds.length + " biased tokens with " + biases.length + " biases");
    }
    for (int i = 0; i < biases.length; i++) {
      if (Float.isNaN(biases[i])) {
        throw ServingException.invalidField(
            "logit_bias", "logit_bias of token " + biasedIds[i] + " is not a number");
      }
      biases[i] = Math.clamp(biases[i], -MAX_BIAS, MAX_BIAS);
    }
    for (int i = 0; i < bannedSequences.length; i++) {
      bannedSequences[i] = bannedSequences[i].clone();
      if (bannedSequences[i].length == 0) {
        throw ServingException.invalidField("bad_words", "bad_words has a word without tokens");
      }
    }
  }

  public boolean isEmpty() {
    return allowedIds.length == 0 && bannedSequences.length == 0 && biasedIds.length == 0;
  }

  /**
   * Passes if every token is one of the vocabulary.
   *
   * @throws ServingException INVALID_ARGUMENT naming field and token
   */
  public void checkVocabulary(int vocabSize) {
    check("allowed_token_ids", allowedIds, vocabSize);
    check("logit_bias", biasedIds, vocabSize);
    for (int[] sequence : bannedSequences) {
      check("bad_words", sequence, vocabSize);
    }
  }

  private static void check(String field, int[] ids, int vocabSize) {
    for (int id : ids) {
      if (id < 0 || id >= vocabSize) {
        throw ServingException.invalidField(
            field,
            "%s names token %d, must be in [0, vocabulary size = %d)"
                .formatted(field, id, vocabSize));
      }
    }
  }
}
