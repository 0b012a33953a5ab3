package dev.gatun.server.text;

/**
 * Token counts of one request.
 *
 * @param completionTokens engine tokens up to the one that ended the request, that one included
 * @param cachedTokens prompt tokens served by the prefix cache
 */
public record Usage(int promptTokens, int completionTokens, int cachedTokens) {}
