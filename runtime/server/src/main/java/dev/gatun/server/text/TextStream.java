package dev.gatun.server.text;

import dev.gatun.engine.api.ErrorCode;
import dev.gatun.engine.api.FinishReason;
import dev.gatun.engine.api.ServingException;
import dev.gatun.engine.api.TokenEvent;
import dev.gatun.engine.api.TokenLogprobs;
import dev.gatun.engine.api.TokenStream;
import dev.gatun.model.tokenizer.IncrementalDetokenizer;
import dev.gatun.server.trace.GenerationTrace;
import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The output of one request as text. One reader thread; {@link #abort} may be called from any.
 *
 * <p>The delta that holds the last token is delivered together with the end: after it {@link #poll}
 * returns {@link TextEvent.TextFinished} without waiting, so both fit one message.
 */
public final class TextStream {
  /** Keeps messages small when a reader is far behind. */
  private static final int MAX_CHUNK_TOKENS = 256;

  /** A reader with more unread tokens than this gets them together. */
  private static final int MAX_LAG_TOKENS = 32;

  private final TextRequest request;
  private final TokenStream tokens;
  private final IncrementalDetokenizer detokenizer;
  private final StopWindow window;
  private final StopTokens stopTokens;
  private final GenerationTrace trace;
  private final ArrayDeque<TextEvent> ready = new ArrayDeque<>();

  /** A token that may be the one the engine stops at; its text waits for the next event. */
  private TokenEvent.@Nullable Token held;

  private int numTokens;
  private boolean isEnding;
  private boolean isFinished;
  private @Nullable ServingException failure;

  TextStream(
      TextRequest request,
      TokenStream tokens,
      IncrementalDetokenizer detokenizer,
      StopTokens stopTokens,
      GenerationTrace trace) {
    this.request = request;
    this.tokens = tokens;
    this.detokenizer = detokenizer;
    this.stopTokens = stopTokens;
    this.trace = trace;
    this.window = new StopWindow(request.stopStrings(), request.includeStopStrInOutput());
  }

  public TextRequest request() {
    return request;
  }

  /**
   * Waits for the next event. After {@link TextEvent.TextFinished} it must not be called again.
   *
   * @throws ServingException if the request failed
   * @throws InterruptedException if the reader is interrupted; the request goes on
   */
  public TextEvent next() throws InterruptedException {
    while (!hasReady()) {
      throwIfFailed();
      accept(tokens.next());
    }
    return ready.remove();
  }

  /**
   * The next event if there is one already, else null.
   *
   * @throws ServingException if the request failed
   */
  public @Nullable TextEvent poll() {
    TextEvent event = take();
    if (event == null) {
      throwIfFailed();
    }
    return event;
  }

  /** As {@link #poll}, but null after a failure. */
  private @Nullable TextEvent take() {
    while (!hasReady()) {
      if (isFinished) {
        return null;
      }
      TokenEvent event = tokens.poll();
      if (event == null) {
        return null;
      }
      accept(event);
    }
    return ready.remove();
  }

  /**
   * Waits for the next event: one chunk per token, larger ones only when the reader has fallen far
   * behind, because its client does not read.
   *
   * @throws ServingException if the request failed
   * @throws InterruptedException if the reader is interrupted; the request goes on
   */
  public TextChunk nextChunk() throws InterruptedException {
    TextChunkBuilder chunk = new TextChunkBuilder();
    TextEvent event = next();
    if (event instanceof TextEvent.PromptScored) {
      // The first token comes out of the same step.
      chunk.add(event);
      event = next();
    }
    boolean isFarBehind = tokens.numAvailable() > MAX_LAG_TOKENS;
    while (event != null) {
      chunk.add(event);
      boolean isFull = chunk.isFinished() || chunk.numTokens() >= MAX_CHUNK_TOKENS;
      // The end goes with the last token. A failure must not take with it what came before; the
      // next call reports it.
      event = !isFull && (isFarBehind || isFinished) ? take() : null;
    }
    return chunk.build();
  }

  /**
   * Waits for the end and returns everything in one chunk.
   *
   * @throws ServingException if the request failed
   * @throws InterruptedException if the reader is interrupted; the request goes on
   */
  public TextChunk readAll() throws InterruptedException {
    TextChunkBuilder chunk = new TextChunkBuilder();
    while (!chunk.isFinished()) {
      chunk.add(next());
    }
    return chunk.build();
  }

  /** Ends the request soon; does nothing if it has finished. */
  public void abort() {
    tokens.abort();
  }

  private void throwIfFailed() {
    if (failure != null) {
      throw failure;
    }
  }

  private boolean hasReady() {
    return !ready.isEmpty() && (isFinished || !isEnding);
  }

  private void accept(TokenEvent event) {
    switch (event) {
      case TokenEvent.PromptScored scored ->
          ready.add(new TextEvent.PromptScored(scored.logprobs()));
      case TokenEvent.Token token -> accept(token);
      case TokenEvent.Finished finished -> finish(finished);
    }
  }

  private void accept(TokenEvent.Token token) {
    if (window.match() != null) {
      return; // The engine had gone on before the stop reached it.
    }
    showHeld();
    if (window.match() == null) {
      if (stopTokens.contains(token.tokenId())) {
        held = token;
      } else {
        show(token);
      }
    }
  }

  private void showHeld() {
    TokenEvent.Token token = held;
    held = null;
    if (token != null) {
      show(token);
    }
  }

  private void show(TokenEvent.Token token) {
    numTokens++;
    String text = detokenizer.append(token.tokenId());
    window.append(text, numTokens > request.sampling().minTokens());
    addDelta(window.release(window.match() != null), token);
    if (window.match() != null) {
      tokens.stop();
      isEnding = true;
    } else if (numTokens >= request.sampling().maxTokens()) {
      isEnding = true;
    }
  }

  private void addDelta(String text, TokenEvent.Token token) {
    TokenLogprobs logprobs = token.logprobs();
    ready.add(
        new TextEvent.TextDelta(
            text, new int[] {token.tokenId()}, logprobs == null ? List.of() : List.of(logprobs)));
  }

  private void finish(TokenEvent.Finished finished) {
    isFinished = true;
    if (finished.reason() == FinishReason.ERROR && window.match() == null) {
      trace.ended(FinishReason.ERROR, numTokens, finished.stats());
      failure = failure(finished);
      return;
    }
    TokenEvent.Token last = held;
    if (last != null
        && last.tokenId() == finished.stopTokenId()
        && !request.includeStopStrInOutput()) {
      held = null;
      numTokens++;
      addDelta("", last);
    } else {
      showHeld();
    }
    if (window.match() == null) {
      window.append(detokenizer.flush(), numTokens > request.sampling().minTokens());
      String rest = window.release(true);
      if (!rest.isEmpty()) {
        ready.add(new TextEvent.TextDelta(rest, new int[0], List.of()));
      }
    }
    TextEvent.TextFinished end = end(finished);
    trace.ended(end.reason(), numTokens, finished.stats());
    ready.add(end);
  }

  private TextEvent.TextFinished end(TokenEvent.Finished finished) {
    String match = window.match();
    boolean hasStopToken = match == null && !finished.isEndOfSequence();
    return new TextEvent.TextFinished(
        match == null ? finished.reason() : FinishReason.STOP,
        match,
        hasStopToken ? finished.stopTokenId() : -1,
        new Usage(request.promptTokenIds().length, numTokens, finished.stats().numCachedTokens()),
        finished.stats());
  }

  private static ServingException failure(TokenEvent.Finished finished) {
    ServingException failure = finished.failure();
    return failure == null
        ? new ServingException(ErrorCode.INTERNAL, "the request failed without a reason")
        : failure;
  }
}
