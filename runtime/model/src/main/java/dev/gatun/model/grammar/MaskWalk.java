package dev.gatun.model.grammar;

import java.util.Arrays;

/**
 * Finds the tokens that a state allows by walking the trie, jumping over what is refused.
 *
 * <p>Most of a vocabulary is allowed inside a string, wherever that string stands. So the walk is
 * done once for the local state, whose stack is cut, and only the tokens that leave it (those with
 * a quote in them) are looked at again for each place where the string stands. Used under the lock
 * of the cache; one walk per call.
 */
final class MaskWalk {

  private static final int[] NO_TOKENS = {};
  private static final long[] NO_BITS = {};

  private final TokenTrie trie;
  private final StateCache cache;
  private final int[] classOfByte;
  private final State[] path;
  private int[] tokens = new int[1024];
  private int numTokens;
  private int[] returns = new int[64];
  private int numReturns;
  private int reach;

  private MaskWalk(TokenTrie trie, StateCache cache) {
    this.trie = trie;
    this.cache = cache;
    this.classOfByte = cache.automaton().classOfByte();
    this.path = new State[trie.maxDepth + 1];
  }

  /** The mask of {@code state}, from the cache or found now; the caller holds the lock. */
  static TokenMask of(State state, TokenTrie trie, StateCache cache) {
    TokenMask known = state.mask;
    if (known != null) {
      return known;
    }
    cache.beginWork();
    MaskWalk walk = new MaskWalk(trie, cache);
    TokenMask mask = walk.find(state);
    state.mask = mask;
    return mask;
  }

  private TokenMask find(State state) {
    State local = cache.localOf(state);
    if (local == state) {
      return wholeWalk(state);
    }
    LocalMask localMask = local.localMask;
    if (localMask == null) {
      localMask = localWalk(local);
      local.localMask = localMask;
    }
    if (StateCache.baseOf(state).depth + localMask.reach() > GrammarLimits.MAX_STACK_DEPTH) {
      // So deep that the bound on the stack cuts off what the local state still allows.
      return wholeWalk(state);
    }
    numTokens = 0;
    path[0] = state;
    for (int node : localMask.returns()) {
      follow(node);
      walk(node + 1, trie.ends[node], false);
    }
    TokenMask inside = localMask.inside();
    TokenMask mask = new TokenMask(inside.dense(), inside.sparse(), sortedTokens());
    cache.addMaskBytes(mask.ownBytes(false));
    return mask;
  }

  private TokenMask wholeWalk(State state) {
    numTokens = 0;
    path[0] = state;
    walk(1, trie.ends[0], false);
    TokenMask mask = collected();
    cache.addMaskBytes(mask.ownBytes(true));
    return mask;
  }

  private LocalMask localWalk(State local) {
    numTokens = 0;
    numReturns = 0;
    reach = local.reach;
    path[0] = local;
    walk(1, trie.ends[0], true);
    TokenMask mask = collected();
    cache.addMaskBytes(mask.ownBytes(true) + 4L * numReturns);
    return new LocalMask(mask, Arrays.copyOf(returns, numReturns), reach);
  }

  /** Fills the path to {@code node}; every state on it is known to be alive. */
  private void follow(int node) {
    int depth = trie.depths[node];
    int at = node;
    byte[] bytes = new byte[depth];
    for (int i = depth - 1; i >= 0; i--) {
      bytes[i] = trie.labels[at];
      at = trie.parents[at];
    }
    for (int i = 0; i < depth; i++) {
      path[i + 1] = cache.step(path[i], classOfByte[bytes[i] & 0xFF]);
    }
  }

  /**
   * Collects the tokens of the nodes {@code from} to {@code to}, exclusive, that the states on the
   * path allow.
   *
   * @param isLocal whether a state that can end returns below its base: what follows is left out
   *     and the node is noted
   */
  private void walk(int from, int to, boolean isLocal) {
    int node = from;
    while (node < to) {
      int depth = trie.depths[node];
      State before = path[depth - 1];
      int byteClass = classOfByte[trie.labels[node] & 0xFF];
      State known = before.next[byteClass];
      State state = known != null ? known : cache.step(before, byteClass);
      if (state.isDead()) {
        node = trie.ends[node];
        continue;
      }
      path[depth] = state;
      for (int token = trie.tokens[node]; token >= 0; token = trie.twins[token]) {
        add(token);
      }
      reach = Math.max(reach, state.reach);
      if (isLocal && state.canEnd) {
        noteReturn(node);
        node = trie.ends[node];
      } else {
        node = state.hasNoSuccessor() ? trie.ends[node] : node + 1;
      }
    }
  }

  private void add(int token) {
    if (numTokens == tokens.length) {
      tokens = Arrays.copyOf(tokens, 2 * numTokens);
    }
    tokens[numTokens++] = token;
  }

  private void noteReturn(int node) {
    if (trie.ends[node] == node + 1) {
      return;
    }
    if (numReturns == returns.length) {
      returns = Arrays.copyOf(returns, 2 * numReturns);
    }
    returns[numReturns++] = node;
  }

  private int[] sortedTokens() {
    if (numTokens == 0) {
      return NO_TOKENS;
    }
    int[] sorted = Arrays.copyOf(tokens, numTokens);
    Arrays.sort(sorted);
    return sorted;
  }

  /** The tokens found, in the smaller of both forms. */
  private TokenMask collected() {
    if (numTokens <= 2 * trie.maskWords()) {
      return new TokenMask(NO_BITS, sortedTokens(), NO_TOKENS);
    }
    long[] bits = new long[trie.maskWords()];
    for (int i = 0; i < numTokens; i++) {
      bits[tokens[i] >> 6] |= 1L << tokens[i];
    }
    return new TokenMask(bits, NO_TOKENS, NO_TOKENS);
  }
}
