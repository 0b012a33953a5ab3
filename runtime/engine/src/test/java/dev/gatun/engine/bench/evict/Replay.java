package dev.gatun.engine.bench.evict;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.function.IntFunction;

/**
 * A pool of blocks with a prefix cache, as {@code KvCacheManager} keeps it: a block is found only
 * behind its parent, held blocks stay, freed blocks without cached contents are reused first.
 */
final class Replay {
  private final Trace trace;
  private final EvictionPolicy policy;
  private final int[] refCounts;

  /** Key by block, 0 for none, and block by key. */
  private final int[] keys;

  private final int[] blocks;
  private final ArrayDeque<Integer> uncached = new ArrayDeque<>();
  private final PriorityQueue<Held> held =
      new PriorityQueue<>(Comparator.comparingDouble(Held::end));
  private final int[] parents;
  private final int[] parentKeys;
  private final int[] numChildren;
  private int numFree;
  private long numHits;
  private long numWanted;

  private record Held(double end, int[] blocks) {}

  Replay(Trace trace, int numBlocks, IntFunction<EvictionPolicy> policy) {
    this.trace = trace;
    this.policy = policy.apply(numBlocks);
    refCounts = new int[numBlocks + 1];
    keys = new int[numBlocks + 1];
    parents = new int[numBlocks + 1];
    parentKeys = new int[numBlocks + 1];
    numChildren = new int[numBlocks + 1];
    blocks = new int[trace.numKeys() + 1];
    for (int block = 1; block <= numBlocks; block++) {
      uncached.add(block);
    }
    numFree = numBlocks;
  }

  /** Share of the prompts' full blocks that were found. */
  double hitRate() {
    for (int i = 0; i < trace.requests().size(); i++) {
      Trace.Request request = trace.requests().get(i);
      policy.arrived(i);
      while (!held.isEmpty() && held.peek().end() <= request.start()) {
        release(held.poll());
      }
      start(request);
    }
    return numHits / (double) numWanted;
  }

  private int numFound(Trace.Request request) {
    int found = 0;
    while (found < request.numPromptBlocks() && blocks[request.keys()[found]] != 0) {
      found++;
    }
    return found;
  }

  private void start(Trace.Request request) {
    int[] wanted = request.keys();
    // One block more, for what fills no block.
    int[] taken = new int[wanted.length + 1];
    while (wanted.length + 1 > numFree) {
      release(held.remove());
    }
    int found = numFound(request);
    numHits += found;
    numWanted += request.numPromptBlocks();
    for (int i = 0; i < found; i++) {
      taken[i] = blocks[wanted[i]];
      share(taken[i]);
    }
    for (int i = found; i < taken.length; i++) {
      taken[i] = allocate();
      if (i < wanted.length) {
        cache(taken[i], wanted[i]);
        link(taken, i);
      }
    }
    held.add(new Held(request.end(), taken));
  }

  /** Tells the policy of every block before one that is continued in two ways. */
  private void link(int[] taken, int i) {
    if (i == 0 || keys[taken[i - 1]] == 0) {
      parents[taken[i]] = 0;
      return;
    }
    int parent = taken[i - 1];
    parents[taken[i]] = parent;
    parentKeys[taken[i]] = keys[parent];
    if (++numChildren[parent] > 1) {
      for (int k = 0; k < i; k++) {
        policy.branched(taken[k]);
      }
    }
  }

  private void uncache(int block) {
    keys[block] = 0;
    int parent = parents[block];
    if (parent != 0 && keys[parent] == parentKeys[block]) {
      numChildren[parent]--;
    }
    numChildren[block] = 0;
  }

  private void share(int block) {
    if (refCounts[block]++ == 0) {
      numFree--;
      policy.removed(block);
    }
    policy.hit(block);
  }

  private int allocate() {
    int block = uncached.isEmpty() ? policy.evict() : uncached.removeLast();
    if (keys[block] != 0) {
      blocks[keys[block]] = 0;
      uncache(block);
    }
    refCounts[block] = 1;
    numFree--;
    return block;
  }

  private void cache(int block, int key) {
    int present = blocks[key];
    if (present != 0) {
      // Cut off from its parent: found no more.
      uncache(present);
      if (refCounts[present] == 0) {
        policy.removed(present);
        uncached.add(present);
      }
    }
    keys[block] = key;
    blocks[key] = block;
    policy.cached(block, key);
  }

  private void release(Held ended) {
    for (int i = ended.blocks().length - 1; i >= 0; i--) {
      int block = ended.blocks()[i];
      if (--refCounts[block] == 0) {
        numFree++;
        if (keys[block] == 0) {
          uncached.add(block);
        } else {
          policy.freed(block);
        }
      }
    }
  }
}
