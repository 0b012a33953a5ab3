package dev.gatun.engine.api;

/**
 * The samples that were asked for together, of one prompt. Made by whoever submits them; counted by
 * an {@link EngineObserver} on the engine thread.
 */
public final class SampleGroup {
  private final int numSamples;
  private int numFinished;
  private int maxOutputTokens;

  /**
   * A group of requests to come.
   *
   * @param numSamples requests with this group
   */
  public SampleGroup(int numSamples) {
    this.numSamples = numSamples;
  }

  public int numSamples() {
    return numSamples;
  }

  /** Output tokens of the longest sample that has finished. */
  public int maxOutputTokens() {
    return maxOutputTokens;
  }

  /**
   * Counts a sample that has finished.
   *
   * @return whether it was the last
   */
  public boolean finish(int numOutputTokens) {
    maxOutputTokens = Math.max(maxOutputTokens, numOutputTokens);
    numFinished++;
    return numFinished == numSamples;
  }
}
