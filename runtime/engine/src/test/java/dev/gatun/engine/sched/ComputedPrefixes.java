package dev.gatun.engine.sched;

import dev.gatun.engine.sample.CounterRandom;
import java.util.HashSet;
import java.util.Set;

/**
 * What a prefix cache without bounds would hold: each sequence of full blocks computed so far, by
 * salt. Knows nothing of blocks, hashes of the cache or eviction.
 */
final class ComputedPrefixes {
  private final int blockSize;
  private final Set<Long> prefixes = new HashSet<>();

  ComputedPrefixes(int blockSize) {
    this.blockSize = blockSize;
  }

  /** The first {@code numComputed} tokens of the request have been computed. */
  void add(String salt, RequestState request, int numComputed) {
    long key = salt.hashCode();
    for (int i = 0; i < numComputed; i++) {
      key = CounterRandom.bits(key, request.tokenId(i));
      if ((i + 1) % blockSize == 0) {
        prefixes.add(key);
      }
    }
  }

  /** Tokens of the longest computed run of full blocks, at most {@code maxTokens}. */
  int longest(String salt, RequestState request, int maxTokens) {
    long key = salt.hashCode();
    int longest = 0;
    for (int i = 0; i < maxTokens; i++) {
      key = CounterRandom.bits(key, request.tokenId(i));
      if ((i + 1) % blockSize == 0) {
        if (!prefixes.contains(key)) {
          return longest;
        }
        longest = i + 1;
      }
    }
    return longest;
  }
}
