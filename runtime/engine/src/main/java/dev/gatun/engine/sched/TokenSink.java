package dev.gatun.engine.sched;

import dev.gatun.engine.api.TokenEvent;
import dev.gatun.engine.api.TokenLogprobs;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where the output of one request goes, in the order of {@link TokenEvent}. Called on the engine
 * thread: must neither block nor throw.
 */
public interface TokenSink {

  void onPromptScored(List<@Nullable TokenLogprobs> logprobs);

  void onToken(int tokenId, @Nullable TokenLogprobs logprobs);

  /** Nothing follows. */
  void onFinished(TokenEvent.Finished finished);
}
