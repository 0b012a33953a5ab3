package dev.gatun.engine.bench.evict;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Requests in order of arrival, each a chain of full blocks. Equal keys are equal contents behind
 * equal contents, so a key stands for a whole prefix, as a block hash does.
 *
 * @param numKeys keys run from 1 to this
 */
record Trace(int numKeys, List<Request> requests) {

  /**
   * One request. Its blocks are held from start to end, whatever was found, so that every policy
   * sees the same order of events.
   *
   * @param keys full blocks of prompt and output in order of position
   * @param numPromptBlocks leading ones that may be found in the cache
   */
  record Request(double start, double end, int[] keys, int numPromptBlocks) {}

  /** Collects requests in any order; hands out keys. */
  static final class Builder {
    private final List<Request> requests = new ArrayList<>();
    private int numKeys;

    /** Keys of contents that nobody has seen before. */
    int[] newKeys(int count) {
      int[] keys = new int[count];
      Arrays.setAll(keys, _ -> ++numKeys);
      return keys;
    }

    void add(double start, double seconds, int[] keys, int numPromptBlocks) {
      requests.add(new Request(start, start + seconds, keys, numPromptBlocks));
    }

    Trace build() {
      requests.sort(Comparator.comparingDouble(Request::start));
      return new Trace(numKeys, List.copyOf(requests));
    }
  }
}
