package dev.gatun.server.text;

import dev.gatun.engine.api.TokenLogprobs;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Several events of a {@link TextStream} in one, for one message to the client.
 *
 * @param text may be empty
 * @param tokenIds the tokens of these events
 * @param logprobs parallel to {@code tokenIds}; empty if not asked for
 * @param promptLogprobs empty unless asked for and first told here
 * @param finished null while more follows
 */
public record TextChunk(
    String text,
    int[] tokenIds,
    List<TokenLogprobs> logprobs,
    List<@Nullable TokenLogprobs> promptLogprobs,
    TextEvent.@Nullable TextFinished finished) {}
