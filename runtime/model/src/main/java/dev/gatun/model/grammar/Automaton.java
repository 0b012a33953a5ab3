package dev.gatun.model.grammar;

/**
 * A grammar as a nondeterministic pushdown automaton over byte classes. Immutable.
 *
 * <p>Each rule has a start node; an edge leads on without input (step), with a byte of a range, or
 * through another rule (call), which pushes the node to return to. Edges of node n lie at {@code
 * starts[n] .. starts[n + 1] - 1}.
 *
 * @param classOfByte [256] the class of each byte: bytes that no edge tells apart share one
 * @param ruleStarts [numRules] start node of each rule
 * @param isEnd [numNodes] whether a rule may end at the node
 * @param heights [numNodes] how many rules more must be open at once to reach the end of the rule,
 *     at least; {@link #UNREACHABLE} if the end cannot be reached
 * @param byteFirst first class of a byte edge
 * @param byteLast last class of a byte edge
 */
record Automaton(
    int[] classOfByte,
    int numClasses,
    int[] ruleStarts,
    boolean[] isEnd,
    int[] heights,
    int[] stepStarts,
    int[] stepTargets,
    int[] callStarts,
    int[] callRules,
    int[] callReturns,
    int[] byteStarts,
    int[] byteFirst,
    int[] byteLast,
    int[] byteTargets) {

  /** A height larger than any limit. */
  static final int UNREACHABLE = Integer.MAX_VALUE / 2;

  int numNodes() {
    return isEnd.length;
  }

  /** Whether nothing but steps to the end of the rule follows: a call before it is a tail call. */
  boolean isOnlyEnd(int node) {
    return isEnd[node]
        && stepStarts[node] == stepStarts[node + 1]
        && callStarts[node] == callStarts[node + 1]
        && byteStarts[node] == byteStarts[node + 1];
  }
}
