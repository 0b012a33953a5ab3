/**
 * Constrained decoding: which tokens may come next when the text of a sequence has to follow a
 * {@link dev.gatun.model.grammar.Constraint} (regular expression, choice, EBNF grammar, JSON).
 *
 * <p>A constraint is compiled to a byte-level pushdown automaton, which is determinised lazily
 * while it is used; tokens are followed byte by byte through a trie of the vocabulary, so that a
 * token may begin or end inside a character, a JSON string or a rule.
 *
 * <p>How a sampler uses it: a protocol adapter asks the {@link
 * dev.gatun.model.grammar.GrammarCache} for the {@link dev.gatun.model.grammar.CompiledGrammar} of
 * a request (on its own thread; this may take milliseconds) and refuses the request on a {@link
 * dev.gatun.model.grammar.GrammarException}. Each sequence gets a {@link
 * dev.gatun.model.grammar.GrammarMatcher}. While the forward pass of a step runs, a pool thread
 * calls {@code fillBitmask}; the sampler gives every token whose bit is 0 a logit of minus
 * infinity; the chosen token goes to {@code accept}; speculation uses {@code copy} and {@code
 * rollback}.
 *
 * <p>Compiled grammars, caches and the trie are shared by all threads; a matcher belongs to one
 * thread at a time. Imports nothing of Gatun but the tokenizer: neither engine nor Tensor.
 */
@NullMarked
package dev.gatun.model.grammar;

import org.jspecify.annotations.NullMarked;
