package dev.gatun.engine.kv;

/**
 * Always-on checks of the engine's own bookkeeping. A failure is a bug of ours, never of a request:
 * the engine stops. Arguments are ints so that a passing check costs a compare and nothing else.
 */
public final class Invariant {

  private Invariant() {}

  /**
   * Does nothing if the condition holds.
   *
   * @throws IllegalStateException with the expectation and both values
   */
  public static void check(boolean condition, String expectation, long a, long b) {
    if (!condition) {
      throw new IllegalStateException("expected " + expectation + ", got " + a + " and " + b);
    }
  }
}
