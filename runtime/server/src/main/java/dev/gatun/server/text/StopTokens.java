package dev.gatun.server.text;

import dev.gatun.engine.api.SamplingParams;
import java.util.Arrays;
import java.util.stream.IntStream;

/** The tokens one request may stop at. Immutable. */
final class StopTokens {
  private final int[] sortedIds;

  StopTokens(int[] eosTokenIds, SamplingParams sampling) {
    IntStream eos =
        sampling.stopsAtEndOfSequence() ? Arrays.stream(eosTokenIds) : IntStream.empty();
    sortedIds =
        IntStream.concat(eos, Arrays.stream(sampling.stopTokenIds())).sorted().distinct().toArray();
  }

  boolean contains(int tokenId) {
    return Arrays.binarySearch(sortedIds, tokenId) >= 0;
  }
}
