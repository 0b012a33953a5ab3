package dev.gatun.model.grammar;

/**
 * A constraint compiled for one vocabulary. Shared by all threads and all sequences that follow the
 * same constraint: what one matcher finds about it, the others need not find again.
 */
public final class CompiledGrammar {

  private final Automaton automaton;
  private final TokenTrie trie;
  private volatile StateCache states;

  CompiledGrammar(Automaton automaton, TokenTrie trie) {
    this.automaton = automaton;
    this.trie = trie;
    this.states = new StateCache(automaton);
  }

  /** A matcher for a sequence of which no token has been generated. */
  public GrammarMatcher newMatcher() {
    return new GrammarMatcher(this);
  }

  /** The vocabulary that the masks speak of. */
  public TokenTrie trie() {
    return trie;
  }

  /** The states to use now; a full cache is replaced by an empty one. */
  StateCache states() {
    StateCache current = states;
    if (current.isFull()) {
      // Two threads may both replace it; a matcher then adopts its states once more.
      current = new StateCache(automaton);
      states = current;
    }
    return current;
  }

  int numNodes() {
    return automaton.numNodes();
  }
}
