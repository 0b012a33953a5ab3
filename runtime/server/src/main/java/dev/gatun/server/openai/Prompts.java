package dev.gatun.server.openai;

import dev.gatun.engine.api.ServingException;
import dev.gatun.model.tokenizer.Tokenizer;
import dev.gatun.server.text.FieldValues;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Reads the forms of {@code prompt}: a text, token ids, or a list of either. */
final class Prompts {
  private static final String FIELD = "prompt";
  private static final String EXPECTED = "a string, token ids, or a list of either";

  private final Tokenizer tokenizer;
  private final boolean addsSpecialTokens;

  /** Last tokens kept; 0 keeps all. */
  private final int truncation;

  private Prompts(Tokenizer tokenizer, boolean addsSpecialTokens, int truncation) {
    this.tokenizer = tokenizer;
    this.addsSpecialTokens = addsSpecialTokens;
    this.truncation = truncation;
  }

  static Prompts of(
      Tokenizer tokenizer, JsonBody body, boolean addsSpecialByDefault, int maxModelLen) {
    int truncation = 0;
    if (body.has("truncate_prompt_tokens")) {
      truncation = body.integer("truncate_prompt_tokens", 0);
      // One place is left for the output, without which the request could not be served.
      truncation = truncation == -1 ? maxModelLen - 1 : truncation;
      if (truncation < 1) {
        throw ServingException.invalidField(
            "truncate_prompt_tokens",
            "truncate_prompt_tokens is " + truncation + ", must be >= 1 or -1");
      }
    }
    return new Prompts(
        tokenizer, body.flag("add_special_tokens", addsSpecialByDefault), truncation);
  }

  /** Token ids of every prompt in {@code prompt}. */
  List<int[]> parse(JsonBody body) {
    Object value = body.get(FIELD);
    if (value == null) {
      throw ServingException.invalidField(FIELD, "prompt is missing, must be " + EXPECTED);
    }
    if (value instanceof String text) {
      return List.of(encode(text));
    }
    if (!(value instanceof List<?> list)) {
      throw FieldValues.wrong(FIELD, value, EXPECTED);
    }
    if (list.isEmpty()) {
      throw ServingException.invalidField(FIELD, "prompt is an empty list, must be " + EXPECTED);
    }
    if (list.getFirst() instanceof Number) {
      return List.of(truncate(FieldValues.toTokenIds(FIELD, list)));
    }
    List<int[]> prompts = new ArrayList<>(list.size());
    for (Object item : list) {
      switch (item) {
        case String text -> prompts.add(encode(text));
        case List<?> ids -> prompts.add(truncate(FieldValues.toTokenIds(FIELD, ids)));
        case null, default -> throw FieldValues.wrong(FIELD, value, EXPECTED);
      }
    }
    return prompts;
  }

  /** Token ids of a text, the tail of it if the request asks for truncation. */
  int[] encode(String text) {
    return truncate(tokenizer.encode(text, addsSpecialTokens));
  }

  private int[] truncate(int[] ids) {
    return truncation == 0 || ids.length <= truncation
        ? ids
        : Arrays.copyOfRange(ids, ids.length - truncation, ids.length);
  }
}
