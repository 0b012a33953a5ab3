package dev.gatun.model.grammar;

/**
 * What a constraint may cost. Constraints come from clients, so each step of compiling and matching
 * is bounded; a violation is a {@link GrammarException} naming the limit and the value.
 */
public final class GrammarLimits {

  /** Characters of a regular expression, grammar, schema, or of all choices together. */
  public static final int MAX_SOURCE_CHARS = 1 << 20;

  /** Choices of one constraint, and values of one enum. */
  public static final int MAX_CHOICES = 10_000;

  /** Nesting of groups in a source text and of subschemas; bounds the recursion of the parsers. */
  public static final int MAX_NESTING = 100;

  /** Subschemas of a JSON schema, counted as often as they are compiled. */
  public static final int MAX_SUBSCHEMAS = 4_096;

  /** Largest m or n of a repetition {m,n}, minLength, maxLength, minItems, maxItems. */
  public static final int MAX_REPETITION = 20_000;

  /** Nodes of the automaton, after repetitions are written out; about 60 bytes each. */
  public static final int MAX_NODES = 300_000;

  /** Rules that may be open inside each other: the depth of nested values of a document. */
  public static final int MAX_STACK_DEPTH = 256;

  /** Alternatives that may be open at one place of the text. */
  public static final int MAX_CONFIGURATIONS = 20_000;

  /** Automaton positions looked at for one mask or one token; about 100 ns each. */
  public static final int MAX_WORK = 5_000_000;

  /** Determinised states kept per grammar before they are dropped and found again. */
  public static final int MAX_CACHED_STATES = 50_000;

  /** Automaton positions kept in those states, about 20 bytes each. */
  public static final int MAX_CACHED_POSITIONS = 2_000_000;

  /** Masks kept per grammar, in bytes, before they are dropped together with the states. */
  public static final long MAX_CACHED_MASK_BYTES = 32L << 20;

  /** Tokens that a matcher can take back. */
  public static final int MAX_ROLLBACK = 64;

  private GrammarLimits() {}
}
