package dev.gatun.engine.sched;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.engine.api.TokenEvent;
import dev.gatun.engine.api.TokenLogprobs;
import java.util.ArrayList;
import java.util.List;

/** Keeps what a request produced and checks the order of events. */
public final class RecordingSink implements TokenSink {
  private final List<Integer> tokens = new ArrayList<>();
  private List<TokenLogprobs> promptLogprobs;
  private TokenEvent.Finished finished;

  @Override
  public void onPromptScored(List<TokenLogprobs> logprobs) {
    assertThat(promptLogprobs).as("scored once").isNull();
    assertThat(tokens).as("tokens before scores").isEmpty();
    promptLogprobs = logprobs;
  }

  @Override
  public void onToken(int tokenId, TokenLogprobs logprobs) {
    assertThat(finished).as("token after the end").isNull();
    tokens.add(tokenId);
  }

  @Override
  public void onFinished(TokenEvent.Finished event) {
    assertThat(finished).as("finished twice").isNull();
    finished = event;
  }

  public List<Integer> tokens() {
    return tokens;
  }

  /** Null until scored. */
  public List<TokenLogprobs> promptLogprobs() {
    return promptLogprobs;
  }

  /** Null until finished. */
  public TokenEvent.Finished finished() {
    return finished;
  }
}
