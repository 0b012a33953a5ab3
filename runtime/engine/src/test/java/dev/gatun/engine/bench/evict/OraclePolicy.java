package dev.gatun.engine.bench.evict;

import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;

/** Belady's: evicts what is used again last, the tail of a chain before its head. A bound. */
final class OraclePolicy implements EvictionPolicy {
  /** Per key, the requests that use it as prompt, in order. */
  private final List<int[]> uses;

  private final int[] keys;
  private final int[] numPassed;
  private final int[] versions;
  private final PriorityQueue<Candidate> free =
      new PriorityQueue<>(
          (a, b) ->
              a.nextUse() != b.nextUse()
                  ? Integer.compare(b.nextUse(), a.nextUse())
                  : Long.compare(a.order(), b.order()));
  private int now;
  private long order;

  private record Candidate(int block, int version, int nextUse, long order) {}

  OraclePolicy(Trace trace, int numBlocks) {
    uses = uses(trace);
    keys = new int[numBlocks + 1];
    versions = new int[numBlocks + 1];
    numPassed = new int[trace.numKeys() + 1];
  }

  private static List<int[]> uses(Trace trace) {
    int[] counts = new int[trace.numKeys() + 1];
    for (Trace.Request request : trace.requests()) {
      for (int k = 0; k < request.numPromptBlocks(); k++) {
        counts[request.keys()[k]]++;
      }
    }
    List<int[]> uses = new ArrayList<>();
    for (int count : counts) {
      uses.add(new int[count]);
    }
    int[] filled = new int[counts.length];
    for (int i = 0; i < trace.requests().size(); i++) {
      Trace.Request request = trace.requests().get(i);
      for (int k = 0; k < request.numPromptBlocks(); k++) {
        int key = request.keys()[k];
        uses.get(key)[filled[key]++] = i;
      }
    }
    return uses;
  }

  @Override
  public void arrived(int request) {
    now = request;
  }

  @Override
  public void cached(int block, int key) {
    keys[block] = key;
  }

  @Override
  public void freed(int block) {
    int key = keys[block];
    int[] requests = uses.get(key);
    while (numPassed[key] < requests.length && requests[numPassed[key]] < now) {
      numPassed[key]++;
    }
    int nextUse = numPassed[key] < requests.length ? requests[numPassed[key]] : Integer.MAX_VALUE;
    free.add(new Candidate(block, ++versions[block], nextUse, order++));
  }

  @Override
  public void removed(int block) {
    versions[block]++;
  }

  @Override
  public int evict() {
    Candidate candidate = free.remove();
    while (candidate.version() != versions[candidate.block()]) {
      candidate = free.remove();
    }
    versions[candidate.block()]++;
    return candidate.block();
  }
}
