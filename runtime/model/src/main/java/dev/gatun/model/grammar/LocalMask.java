package dev.gatun.model.grammar;

/**
 * What can be said of the tokens of a state without knowing the stack under it: those that stay
 * within the rules open above its base, and the places of the trie where a text may return below.
 *
 * @param inside the tokens that never return below the base
 * @param returns trie nodes whose bytes reach the end of the base rule; tokens below them depend on
 *     what follows there
 * @param reach stack depth above the base that was needed on the way
 */
record LocalMask(TokenMask inside, int[] returns, int reach) {}
