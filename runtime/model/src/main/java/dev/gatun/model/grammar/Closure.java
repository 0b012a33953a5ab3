package dev.gatun.model.grammar;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Collects the positions reached without input: steps, calls into rules, returns from them. Reused
 * by one {@link StateCache} under its lock.
 */
final class Closure {

  private final Automaton automaton;
  private final StateCache cache;
  private final Set<Long> seen = new HashSet<>();
  private final Map<Integer, Frame> frameOfId = new HashMap<>();

  /** Positions to go on from, and those found: node in the upper half, frame id in the lower. */
  private int[] pendingNodes = new int[64];

  private Frame[] pendingFrames = new Frame[64];
  private int numPending;
  private long[] found = new long[64];
  private int numFound;
  private boolean canEnd;
  private int reach;
  private long work;

  Closure(Automaton automaton, StateCache cache) {
    this.automaton = automaton;
    this.cache = cache;
  }

  void resetWork() {
    work = 0;
  }

  void begin() {
    seen.clear();
    frameOfId.clear();
    numPending = 0;
    numFound = 0;
    canEnd = false;
    reach = 0;
  }

  void markEnd() {
    canEnd = true;
  }

  /** Adds a position and all that follows from it. */
  void add(int node, Frame frame) {
    push(node, frame);
    while (numPending > 0) {
      numPending--;
      expand(pendingNodes[numPending], pendingFrames[numPending]);
    }
  }

  private void push(int node, Frame frame) {
    int height = automaton.heights()[node];
    if (height == Automaton.UNREACHABLE) {
      return;
    }
    reach = Math.max(reach, frame.depth + height);
    if (frame.depth + height > GrammarLimits.MAX_STACK_DEPTH
        || !seen.add((long) node << 32 | frame.id)) {
      return;
    }
    GrammarException.checkLimit("steps for one token", ++work, GrammarLimits.MAX_WORK);
    if (numPending == pendingNodes.length) {
      pendingNodes = Arrays.copyOf(pendingNodes, 2 * numPending);
      pendingFrames = Arrays.copyOf(pendingFrames, 2 * numPending);
    }
    pendingNodes[numPending] = node;
    pendingFrames[numPending++] = frame;
  }

  private void expand(int node, Frame frame) {
    if (automaton.byteStarts()[node] < automaton.byteStarts()[node + 1]) {
      keep(node, frame);
    }
    if (automaton.isEnd()[node]) {
      if (frame == Frame.BOTTOM) {
        canEnd = true;
      } else {
        push(frame.returnNode, frame.parent());
      }
    }
    for (int i = automaton.stepStarts()[node]; i < automaton.stepStarts()[node + 1]; i++) {
      push(automaton.stepTargets()[i], frame);
    }
    for (int i = automaton.callStarts()[node]; i < automaton.callStarts()[node + 1]; i++) {
      call(automaton.callRules()[i], automaton.callReturns()[i], frame);
    }
  }

  private void call(int rule, int returnNode, Frame frame) {
    int target = automaton.ruleStarts()[rule];
    if (automaton.isOnlyEnd(returnNode)) {
      // A tail call: returning twice is the same as returning once, and the stack stays flat.
      push(target, frame);
      return;
    }
    int needed = Math.max(automaton.heights()[target] + 1, automaton.heights()[returnNode]);
    reach = needed >= Automaton.UNREACHABLE ? reach : Math.max(reach, frame.depth + needed);
    if (frame.depth + needed <= GrammarLimits.MAX_STACK_DEPTH) {
      push(target, cache.push(returnNode, frame));
    }
  }

  private void keep(int node, Frame frame) {
    GrammarException.checkLimit(
        "alternatives open at once", numFound + 1L, GrammarLimits.MAX_CONFIGURATIONS);
    if (numFound == found.length) {
      found = Arrays.copyOf(found, 2 * numFound);
    }
    found[numFound++] = (long) node << 32 | frame.id;
    frameOfId.putIfAbsent(frame.id, frame);
  }

  Result finish() {
    long[] positions = Arrays.copyOf(found, numFound);
    Arrays.sort(positions);
    Frame[] frames = new Frame[numFound];
    for (int i = 0; i < numFound; i++) {
      Frame frame = frameOfId.get((int) positions[i]);
      if (frame == null) {
        throw new IllegalStateException("no frame for position " + positions[i]);
      }
      frames[i] = frame;
    }
    return new Result(positions, frames, canEnd, reach);
  }

  /** Sorted positions, the stack of each, and what else a {@link State} holds. */
  record Result(long[] positions, Frame[] frames, boolean canEnd, int reach) {}
}
