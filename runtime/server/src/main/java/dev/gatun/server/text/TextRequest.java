package dev.gatun.server.text;

import dev.gatun.engine.api.RequestOrigin;
import dev.gatun.engine.api.SamplingParams;
import java.util.List;

/**
 * A validated request for text.
 *
 * @param requestId as the client knows it; need not be unique
 * @param promptTokenIds at least one; not modified afterwards
 * @param stopStrings none of them empty
 * @param includeStopStrInOutput stop strings and stop tokens stay in the text
 * @param skipSpecialTokens special tokens give no text
 * @param deadlineNanos as in {@link dev.gatun.engine.api.GenerateRequest}
 * @param cacheSalt as in {@link dev.gatun.engine.api.GenerateRequest}
 * @param priority as in {@link dev.gatun.engine.api.GenerateRequest}
 * @param origin as in {@link dev.gatun.engine.api.GenerateRequest}
 */
public record TextRequest(
    String requestId,
    int[] promptTokenIds,
    SamplingParams sampling,
    List<String> stopStrings,
    boolean includeStopStrInOutput,
    boolean skipSpecialTokens,
    long deadlineNanos,
    String cacheSalt,
    int priority,
    RequestOrigin origin) {

  /** Without a cache salt, with priority 0 and measured for itself. */
  public TextRequest(
      String requestId,
      int[] promptTokenIds,
      SamplingParams sampling,
      List<String> stopStrings,
      boolean includeStopStrInOutput,
      boolean skipSpecialTokens,
      long deadlineNanos) {
    this(
        requestId,
        promptTokenIds,
        sampling,
        stopStrings,
        includeStopStrInOutput,
        skipSpecialTokens,
        deadlineNanos,
        "",
        0,
        RequestOrigin.alone());
  }

  public TextRequest {
    stopStrings = List.copyOf(stopStrings);
    if (stopStrings.contains("")) {
      throw new IllegalArgumentException("a stop string is empty");
    }
  }

  /** The same with an id and sampling parameters of its own. */
  TextRequest asSample(String id, SamplingParams params) {
    return new TextRequest(
        id,
        promptTokenIds,
        params,
        stopStrings,
        includeStopStrInOutput,
        skipSpecialTokens,
        deadlineNanos,
        cacheSalt,
        priority,
        origin);
  }
}
