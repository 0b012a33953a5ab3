package dev.gatun.engine.api;

/**
 * The requests that wait, at one moment.
 *
 * @param numHeld those among them that wait for what a step in flight computes and not for a place
 * @param oldestArrivalNanos when the oldest of them arrived, by the engine's clock, or {@link
 *     #NOBODY}
 * @param predictedDelayNanos how long a request that came now would wait; 0 if nothing is known
 * @param numPromptTokens of all requests whose first token is still to come
 */
public record QueueSnapshot(
    int numHeld, long oldestArrivalNanos, long predictedDelayNanos, long numPromptTokens) {

  /** Nothing waits. */
  public static final long NOBODY = Long.MIN_VALUE;

  public static final QueueSnapshot EMPTY = new QueueSnapshot(0, NOBODY, 0, 0);

  /** With what is known outside of the engine thread. */
  public QueueSnapshot with(long predictedNanos, long numTokens) {
    return new QueueSnapshot(numHeld, oldestArrivalNanos, predictedNanos, numTokens);
  }
}
