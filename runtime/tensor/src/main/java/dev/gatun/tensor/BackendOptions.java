package dev.gatun.tensor;

/**
 * What a backend is opened with.
 *
 * @param numThreads threads that compute, the one that issues ops among them; 0 leaves the choice
 *     to the backend
 * @param linearInputs type that a backend may round inputs of linear layers to where it multiplies
 *     them by plain weights of that type faster: F32 for none, or BF16. It is a permission: which
 *     layers gain is the backend's affair, the reference backend never rounds
 */
public record BackendOptions(int numThreads, DType linearInputs) {
  public BackendOptions {
    if (linearInputs != DType.F32 && linearInputs != DType.BF16) {
      throw new IllegalArgumentException("linearInputs " + linearInputs + " is not F32 or BF16");
    }
    if (numThreads < 0) {
      throw new IllegalArgumentException("numThreads " + numThreads + " < 0");
    }
  }

  /** Exact inputs. */
  public BackendOptions(int numThreads) {
    this(numThreads, DType.F32);
  }

  /** The backend's own choices. */
  public static BackendOptions defaults() {
    return new BackendOptions(0);
  }
}
