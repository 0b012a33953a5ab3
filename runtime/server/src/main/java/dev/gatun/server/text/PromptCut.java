package dev.gatun.server.text;

import dev.gatun.engine.api.ServingException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What {@code truncate_prompt_tokens} says: only the tail of a long prompt counts.
 *
 * @param maxTokens last tokens kept; 0 keeps all
 */
public record PromptCut(int maxTokens) {
  /** Wire name of the field. */
  public static final String FIELD = "truncate_prompt_tokens";

  /**
   * Reads the field; null keeps all. -1 stands for the context, less one place for the output,
   * without which the request could not be served.
   *
   * @throws ServingException INVALID_ARGUMENT naming the value
   */
  public static PromptCut of(@Nullable Object value, int maxModelLen) {
    if (value == null) {
      return new PromptCut(0);
    }
    int count = FieldValues.toInt(FIELD, value);
    if (count == -1) {
      return new PromptCut(Math.max(1, maxModelLen - 1));
    }
    if (count < 1 || count > maxModelLen) {
      throw ServingException.invalidField(
          FIELD, "%s is %d, must be in [1, %d] or -1".formatted(FIELD, count, maxModelLen));
    }
    return new PromptCut(count);
  }

  /** The prompt or its tail. */
  public int[] apply(int[] ids) {
    return maxTokens == 0 || ids.length <= maxTokens
        ? ids
        : Arrays.copyOfRange(ids, ids.length - maxTokens, ids.length);
  }
}
