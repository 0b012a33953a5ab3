package dev.gatun.server.text;

import dev.gatun.engine.api.Engine;
import dev.gatun.engine.api.ErrorCode;
import dev.gatun.engine.api.ServingException;
import dev.gatun.model.tokenizer.Tokenizer;
import dev.gatun.server.trace.CallScope;
import java.util.concurrent.Semaphore;

/**
 * Turns prompts into tokens for an engine that may have no room for them. Thread-safe.
 *
 * <p>Few prompts are tokenised at once: a native tokenizer holds the carrier of its virtual thread,
 * and the cores belong to the engine. Whoever has its turn asks the engine first, so that in a
 * burst no more than these few are tokenised for nothing.
 */
public final class PromptEncoder {
  private final Engine engine;
  private final Tokenizer tokenizer;
  private final Semaphore turns =
      new Semaphore(Math.max(1, Runtime.getRuntime().availableProcessors() / 2), true);

  PromptEncoder(Engine engine, Tokenizer tokenizer) {
    this.engine = engine;
    this.tokenizer = tokenizer;
  }

  /**
   * Tokens of a prompt that is going to be submitted.
   *
   * @param addSpecialTokens as in {@link Tokenizer#encode}
   * @param cut what is kept of it
   * @param deadlineNanos as in {@link dev.gatun.engine.api.GenerateRequest}
   * @throws ServingException as {@link Engine#checkAdmission}
   */
  public int[] encode(String text, boolean addSpecialTokens, PromptCut cut, long deadlineNanos) {
    // Of a prompt that is cut the length is known only afterwards.
    int minTokens = cut.maxTokens() > 0 ? 0 : tokenizer.minTokens(text);
    engine.checkAdmission(1, minTokens, deadlineNanos);
    long startNanos = System.nanoTime();
    takeTurn();
    try {
      engine.checkAdmission(1, minTokens, deadlineNanos);
      return cut.apply(tokenizer.encode(text, addSpecialTokens));
    } finally {
      turns.release();
      CallScope.current().tokenised(startNanos, System.nanoTime());
    }
  }

  /** Tokens of a text that nobody is going to compute, so that a full engine is no obstacle. */
  public int[] encodeOnly(String text, boolean addSpecialTokens) {
    takeTurn();
    try {
      return tokenizer.encode(text, addSpecialTokens);
    } finally {
      turns.release();
    }
  }

  private void takeTurn() {
    try {
      turns.acquire();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new ServingException(ErrorCode.UNAVAILABLE, "the server is shutting down");
    }
  }
}
