package dev.gatun.server.trace;

import dev.gatun.engine.api.SamplingParams;
import java.util.List;

/**
 * A request as it is described in a trace; never the text of it.
 *
 * @param requestId as the client knows it
 * @param modelName first served name
 * @param numSamples of the prompt, of which it is one
 */
public record Generation(
    String requestId,
    String modelName,
    int numPromptTokens,
    int numSamples,
    SamplingParams sampling,
    List<String> stopStrings) {}
