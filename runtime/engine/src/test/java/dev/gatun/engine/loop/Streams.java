package dev.gatun.engine.loop;

import dev.gatun.engine.api.TokenEvent;
import dev.gatun.engine.api.TokenStream;
import java.util.ArrayList;
import java.util.List;

/** Reads streams to their end. */
final class Streams {
  private Streams() {}

  /** Everything a stream yielded. */
  record Output(
      TokenEvent.PromptScored promptScored,
      List<TokenEvent.Token> events,
      TokenEvent.Finished finished) {

    List<Integer> tokens() {
      return events.stream().map(TokenEvent.Token::tokenId).toList();
    }
  }

  static Output read(TokenStream stream) throws InterruptedException {
    return readAndAbort(stream, Integer.MAX_VALUE);
  }

  /** Aborts after so many tokens, then reads on to the end. */
  static Output readAndAbort(TokenStream stream, int numTokens) throws InterruptedException {
    TokenEvent.PromptScored scored = null;
    List<TokenEvent.Token> tokens = new ArrayList<>();
    while (true) {
      if (tokens.size() == numTokens) {
        stream.abort();
      }
      switch (stream.next()) {
        case TokenEvent.PromptScored event -> {
          if (scored != null || !tokens.isEmpty()) {
            throw new AssertionError("prompt scores late or twice");
          }
          scored = event;
        }
        case TokenEvent.Token event -> tokens.add(event);
        case TokenEvent.Finished event -> {
          return new Output(scored, tokens, event);
        }
      }
    }
  }
}
