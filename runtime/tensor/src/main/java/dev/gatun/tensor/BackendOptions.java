package dev.gatun.tensor;

import java.nio.file.Path;
import java.util.Optional;

/**
 * What a backend is opened with.
 *
 * @param numThreads threads that compute, the one that issues ops among them; 0 leaves the choice
 *     to the backend
 * @param dtype arithmetic asked for, F32 or BF16; empty leaves the choice to the backend. On a host
 *     BF16 is a permission: inputs of linear layers may be rounded to it where their weights are of
 *     that type and that is faster. On a device it is the type of activations
 * @param isEager whether a device issues every op of every step, instead of repeating recorded ones
 * @param libraryDirectory where a device's libraries are looked for first
 * @param packedWeights where a backend that packs weights keeps them for the next start; nowhere if
 *     empty
 */
public record BackendOptions(
    int numThreads,
    Optional<DType> dtype,
    boolean isEager,
    Optional<Path> libraryDirectory,
    Optional<PackedWeightsPlace> packedWeights) {
  public BackendOptions {
    if (dtype.isPresent() && dtype.get() != DType.F32 && dtype.get() != DType.BF16) {
      throw new IllegalArgumentException("dtype " + dtype.get() + " is not F32 or BF16");
    }
    if (numThreads < 0) {
      throw new IllegalArgumentException("numThreads " + numThreads + " < 0");
    }
  }

  /** So many threads, everything else as the backend likes it. */
  public BackendOptions(int numThreads) {
    this(numThreads, Optional.empty(), false, Optional.empty(), Optional.empty());
  }

  /** The backend's own choices. */
  public static BackendOptions defaults() {
    return new BackendOptions(0);
  }

  public BackendOptions withDtype(DType asked) {
    return new BackendOptions(
        numThreads, Optional.of(asked), isEager, libraryDirectory, packedWeights);
  }

  public BackendOptions withEager(boolean eager) {
    return new BackendOptions(numThreads, dtype, eager, libraryDirectory, packedWeights);
  }

  public BackendOptions withLibraryDirectory(Path directory) {
    return new BackendOptions(numThreads, dtype, isEager, Optional.of(directory), packedWeights);
  }

  public BackendOptions withPackedWeights(PackedWeightsPlace place) {
    return new BackendOptions(numThreads, dtype, isEager, libraryDirectory, Optional.of(place));
  }

  /** Whether inputs of linear layers may be rounded to BF16. */
  public boolean allowsBf16() {
    return dtype.isPresent() && dtype.get() == DType.BF16;
  }
}
