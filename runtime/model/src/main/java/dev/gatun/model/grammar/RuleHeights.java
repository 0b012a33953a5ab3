package dev.gatun.model.grammar;

import java.util.ArrayDeque;
import java.util.Arrays;

/**
 * Computes {@link Automaton#heights}. A matcher enters a node only if the rest of the rule still
 * fits on the stack, so that a bounded stack never leads into a dead end.
 */
final class RuleHeights {

  private final Automaton automaton;
  private final EdgeList.Table predecessors;
  private final int[] heights;

  private RuleHeights(Automaton automaton) {
    this.automaton = automaton;
    this.heights = automaton.heights();
    this.predecessors = predecessors(automaton);
  }

  static void fill(Automaton automaton) {
    new RuleHeights(automaton).run();
  }

  /** Edges from each node to those whose height depends on its own; first = call + 1, or 0. */
  private static EdgeList.Table predecessors(Automaton a) {
    EdgeList reversed = new EdgeList();
    for (int node = 0; node < a.numNodes(); node++) {
      for (int i = a.stepStarts()[node]; i < a.stepStarts()[node + 1]; i++) {
        reversed.add(a.stepTargets()[i], 0, 0, node);
      }
      for (int i = a.byteStarts()[node]; i < a.byteStarts()[node + 1]; i++) {
        reversed.add(a.byteTargets()[i], 0, 0, node);
      }
      for (int i = a.callStarts()[node]; i < a.callStarts()[node + 1]; i++) {
        reversed.add(a.callReturns()[i], i + 1, 0, node);
        reversed.add(a.ruleStarts()[a.callRules()[i]], i + 1, 0, node);
      }
    }
    return reversed.table(a.numNodes());
  }

  private void run() {
    Arrays.fill(heights, Automaton.UNREACHABLE);
    ArrayDeque<Integer> changed = new ArrayDeque<>();
    for (int node = 0; node < heights.length; node++) {
      if (automaton.isEnd()[node]) {
        heights[node] = 0;
        changed.add(node);
      }
    }
    long work = 0;
    while (!changed.isEmpty()) {
      int node = changed.poll();
      for (int i = predecessors.starts()[node]; i < predecessors.starts()[node + 1]; i++) {
        int before = predecessors.targets()[i];
        int call = predecessors.first()[i] - 1;
        int height = call < 0 ? heights[node] : heightOfCall(call);
        if (height < heights[before]) {
          heights[before] = height;
          changed.add(before);
        }
        work++;
      }
      GrammarException.checkLimit("steps to compile", work, 4L * GrammarLimits.MAX_WORK);
    }
  }

  private int heightOfCall(int call) {
    int after = automaton.callReturns()[call];
    int inside = heights[automaton.ruleStarts()[automaton.callRules()[call]]];
    int pushed = automaton.isOnlyEnd(after) ? inside : inside + 1;
    return Math.max(heights[after], pushed);
  }
}
