package dev.gatun.tensor;

/**
 * What a backend is opened with.
 *
 * @param numThreads threads that compute, the one that issues ops among them; 0 leaves the choice
 *     to the backend
 */
public record BackendOptions(int numThreads) {
  public BackendOptions {
    if (numThreads < 0) {
      throw new IllegalArgumentException("numThreads " + numThreads + " < 0");
    }
  }

  /** The backend's own choices. */
  public static BackendOptions defaults() {
    return new BackendOptions(0);
  }
}
