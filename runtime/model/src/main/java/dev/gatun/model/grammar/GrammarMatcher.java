package dev.gatun.model.grammar;

import static dev.gatun.model.grammar.GrammarLimits.MAX_ROLLBACK;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Follows the tokens of one sequence through a {@link CompiledGrammar}. Belongs to one thread at a
 * time; matchers of the same grammar may be used at once.
 *
 * <p>A token is allowed if the text with it is the beginning of a text that the grammar accepts and
 * that can be ended within {@link GrammarLimits#MAX_STACK_DEPTH}. With a vocabulary that has a
 * token for each byte there is therefore always a token that is allowed.
 */
public final class GrammarMatcher {

  private final CompiledGrammar grammar;
  private StateCache states;
  private State state;

  /** The states before the last tokens, a ring; entry of token t at t % MAX_ROLLBACK. */
  private final State[] history;

  private long numTokens;
  private int numKept;
  private boolean isTerminated;

  GrammarMatcher(CompiledGrammar grammar) {
    this.grammar = grammar;
    this.states = grammar.states();
    this.state = states.start();
    this.history = new State[MAX_ROLLBACK];
    Arrays.fill(history, state);
  }

  private GrammarMatcher(GrammarMatcher other) {
    this.grammar = other.grammar;
    this.states = other.states;
    this.state = other.state;
    this.history = other.history.clone();
    this.numTokens = other.numTokens;
    this.numKept = other.numKept;
    this.isTerminated = other.isTerminated;
  }

  /**
   * Sets bit {@code id % 64} of {@code mask[id / 64]} for each token that may come next, and clears
   * all others. A known mask takes microseconds, a new one up to tens of milliseconds.
   *
   * @param mask [at least {@link TokenTrie#maskWords}]; may have more words, as logits may have
   *     more rows than the vocabulary
   * @return whether any token is allowed; false after an end token, and where the vocabulary has no
   *     token for a byte that must come next
   * @throws GrammarException when finding the mask would cost more than {@link GrammarLimits}
   *     allow; the request cannot go on
   */
  public boolean fillBitmask(long[] mask) {
    if (mask.length < grammar.trie().maskWords()) {
      throw new IllegalArgumentException(
          "mask has " + mask.length + " words, needs " + grammar.trie().maskWords());
    }
    if (isTerminated) {
      Arrays.fill(mask, 0);
      return false;
    }
    TokenMask found = state.mask;
    if (found == null) {
      useCurrentStates();
      states.lock.lock();
      try {
        found = MaskWalk.of(state, grammar.trie(), states);
      } finally {
        states.lock.unlock();
      }
    }
    found.copyTo(mask);
    if (state.canEnd) {
      grammar.trie().markEndTokens(mask);
    }
    return state.canEnd || !found.isEmpty();
  }

  /**
   * Takes the next token of the sequence, of text or an end token.
   *
   * @return false, with nothing changed, if the token is not allowed here
   */
  public boolean accept(int tokenId) {
    TokenTrie trie = grammar.trie();
    if (isTerminated || tokenId < 0 || tokenId >= trie.vocabSize()) {
      return false;
    }
    if (trie.isEndToken(tokenId)) {
      if (state.canEnd) {
        remember();
        isTerminated = true;
      }
      return isTerminated;
    }
    byte[] bytes = trie.bytesOf(tokenId);
    State after = bytes.length == 0 ? null : follow(bytes);
    if (after == null) {
      return false;
    }
    remember();
    state = after;
    return true;
  }

  private @Nullable State follow(byte[] bytes) {
    useCurrentStates();
    int[] classOfByte = states.automaton().classOfByte();
    State at = state;
    boolean isLocked = false;
    try {
      for (byte b : bytes) {
        int byteClass = classOfByte[b & 0xFF];
        State next = at.next[byteClass];
        if (next == null) {
          if (!isLocked) {
            states.lock.lock();
            isLocked = true;
            states.beginWork();
          }
          next = states.step(at, byteClass);
        }
        if (next.isDead()) {
          return null;
        }
        at = next;
      }
      return at;
    } finally {
      if (isLocked) {
        states.lock.unlock();
      }
    }
  }

  private void remember() {
    history[(int) (numTokens % MAX_ROLLBACK)] = state;
    numTokens++;
    numKept = Math.min(numKept + 1, MAX_ROLLBACK);
  }

  /** Whether the text accepted so far is complete: an end token may come. */
  public boolean isComplete() {
    return state.canEnd;
  }

  /** Whether an end token was accepted. */
  public boolean isTerminated() {
    return isTerminated;
  }

  /** Whether the text is complete and no more text may follow, so that generation may stop. */
  public boolean mustEnd() {
    return isTerminated || (state.canEnd && state.hasNoSuccessor());
  }

  /** Tokens accepted and not taken back, end tokens included. */
  public long numTokens() {
    return numTokens;
  }

  /**
   * Takes back the last {@code count} tokens.
   *
   * @throws IllegalArgumentException when fewer were accepted, or more than {@link
   *     GrammarLimits#MAX_ROLLBACK} are asked for since the last ones
   */
  public void rollback(int count) {
    if (count < 0 || count > numKept) {
      throw new IllegalArgumentException("cannot take back " + count + " tokens of " + numKept);
    }
    if (count == 0) {
      return;
    }
    numTokens -= count;
    numKept -= count;
    state = history[(int) (numTokens % MAX_ROLLBACK)];
    isTerminated = false;
  }

  /** A matcher at the same place that goes its own way from here. */
  public GrammarMatcher copy() {
    return new GrammarMatcher(this);
  }

  /** Moves over when the states of the grammar were dropped, so that the old ones can be freed. */
  private void useCurrentStates() {
    StateCache current = grammar.states();
    if (current == states) {
      return;
    }
    state = current.adopt(state);
    for (int i = 0; i < numKept; i++) {
      int at = (int) ((numTokens - 1 - i) % MAX_ROLLBACK);
      history[at] = current.adopt(history[at]);
    }
    for (int i = numKept; i < MAX_ROLLBACK; i++) {
      history[(int) ((numTokens + MAX_ROLLBACK - 1 - i + MAX_ROLLBACK) % MAX_ROLLBACK)] = state;
    }
    states = current;
  }
}
