package dev.gatun.model.grammar;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Finds rules that call themselves before they took a byte: their stack would grow at once. */
final class LeftRecursion {

  private final Automaton automaton;
  private final BitSet nullable = new BitSet();

  private LeftRecursion(Automaton automaton) {
    this.automaton = automaton;
  }

  static void refuse(Automaton automaton, Rules rules) {
    LeftRecursion search = new LeftRecursion(automaton);
    List<Set<Integer>> firstCalls = search.firstCalls();
    int rule = ruleOnCycle(firstCalls);
    if (rule >= 0) {
      throw new GrammarException(
          "rule '"
              + rules.name(rule)
              + "' calls itself before any character (left recursion), which is not supported");
    }
  }

  /** Per rule those it may call before it took a byte; repeated until no rule is found nullable. */
  private List<Set<Integer>> firstCalls() {
    int numRules = automaton.ruleStarts().length;
    List<Set<Integer>> calls = new ArrayList<>(numRules);
    long work = 0;
    boolean isChanged = true;
    while (isChanged) {
      isChanged = false;
      calls.clear();
      for (int rule = 0; rule < numRules; rule++) {
        Set<Integer> called = new LinkedHashSet<>();
        calls.add(called);
        work += visit(rule, called);
        if (nullable.get(numRules + rule)) {
          isChanged |= !nullable.get(rule);
          nullable.set(rule);
        }
      }
      GrammarException.checkLimit("steps to compile", work, 4L * GrammarLimits.MAX_WORK);
    }
    return calls;
  }

  /** Marks bit numRules + rule if the rule's end is reached without a byte. */
  private int visit(int rule, Set<Integer> called) {
    Set<Integer> seen = new LinkedHashSet<>();
    ArrayDeque<Integer> pending = new ArrayDeque<>();
    pending.add(automaton.ruleStarts()[rule]);
    int work = 0;
    while (!pending.isEmpty()) {
      int node = pending.pop();
      if (!seen.add(node)) {
        continue;
      }
      work++;
      if (automaton.isEnd()[node]) {
        nullable.set(automaton.ruleStarts().length + rule);
      }
      for (int i = automaton.stepStarts()[node]; i < automaton.stepStarts()[node + 1]; i++) {
        pending.push(automaton.stepTargets()[i]);
      }
      for (int i = automaton.callStarts()[node]; i < automaton.callStarts()[node + 1]; i++) {
        called.add(automaton.callRules()[i]);
        if (nullable.get(automaton.callRules()[i])) {
          pending.push(automaton.callReturns()[i]);
        }
      }
    }
    return work;
  }

  /** A rule that reaches itself, -1 if none does. */
  private static int ruleOnCycle(List<Set<Integer>> calls) {
    int numRules = calls.size();
    int[] numOpen = new int[numRules];
    List<List<Integer>> callers = new ArrayList<>(numRules);
    for (int rule = 0; rule < numRules; rule++) {
      callers.add(new ArrayList<>());
    }
    ArrayDeque<Integer> done = new ArrayDeque<>();
    for (int rule = 0; rule < numRules; rule++) {
      numOpen[rule] = calls.get(rule).size();
      for (int called : calls.get(rule)) {
        callers.get(called).add(rule);
      }
      if (numOpen[rule] == 0) {
        done.add(rule);
      }
    }
    while (!done.isEmpty()) {
      for (int caller : callers.get(done.pop())) {
        if (--numOpen[caller] == 0) {
          done.add(caller);
        }
      }
    }
    int rule = 0;
    while (rule < numRules && numOpen[rule] == 0) {
      rule++;
    }
    if (rule == numRules) {
      return -1;
    }
    // Every rule that is left calls another one that is left: walking on ends on a cycle.
    BitSet passed = new BitSet();
    while (!passed.get(rule)) {
      passed.set(rule);
      for (int called : calls.get(rule)) {
        if (numOpen[called] > 0) {
          rule = called;
          break;
        }
      }
    }
    return rule;
  }
}
