package dev.gatun.server.openai;

import dev.gatun.engine.api.ServingException;
import dev.gatun.server.text.FieldValues;
import dev.gatun.server.text.PromptCut;
import dev.gatun.server.text.PromptEncoder;
import dev.gatun.server.text.ServedModel;
import java.util.ArrayList;
import java.util.List;

/** Reads the forms of {@code prompt}: a text, token ids, or a list of either. */
final class Prompts {
  private static final String FIELD = "prompt";
  private static final String EXPECTED = "a string, token ids, or a list of either";

  private final PromptEncoder encoder;
  private final boolean addsSpecialTokens;
  private final PromptCut cut;
  private final long deadlineNanos;

  private Prompts(
      PromptEncoder encoder, boolean addsSpecialTokens, PromptCut cut, long deadlineNanos) {
    this.encoder = encoder;
    this.addsSpecialTokens = addsSpecialTokens;
    this.cut = cut;
    this.deadlineNanos = deadlineNanos;
  }

  static Prompts of(
      ServedModel model, JsonBody body, boolean addsSpecialByDefault, long deadlineNanos) {
    return new Prompts(
        model.prompts(),
        body.flag("add_special_tokens", addsSpecialByDefault),
        PromptCut.of(body.get(PromptCut.FIELD), model.maxModelLen()),
        deadlineNanos);
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
      return List.of(cut.apply(FieldValues.toTokenIds(FIELD, list)));
    }
    List<int[]> prompts = new ArrayList<>(list.size());
    for (Object item : list) {
      switch (item) {
        case String text -> prompts.add(encode(text));
        case List<?> ids -> prompts.add(cut.apply(FieldValues.toTokenIds(FIELD, ids)));
        case null, default -> throw FieldValues.wrong(FIELD, value, EXPECTED);
      }
    }
    return prompts;
  }

  /** Token ids of a text, the tail of it if the request asks for truncation. */
  int[] encode(String text) {
    return encoder.encode(text, addsSpecialTokens, cut, deadlineNanos);
  }
}
