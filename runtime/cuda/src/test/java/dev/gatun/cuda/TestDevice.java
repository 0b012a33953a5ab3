package dev.gatun.cuda;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatun.tensor.BackendOptions;
import dev.gatun.tensor.DType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The device that tests run on: the emulation that the build made, or the real one whose driver
 * {@code -Dgatun.cuda.library} names.
 */
final class TestDevice {
  private TestDevice() {}

  private static String library() {
    return System.getProperty(CudaProvider.LIBRARY_PROPERTY, "");
  }

  /** Why tests that need a device cannot run; empty if they can. */
  static Optional<String> whyNot() {
    if (library().isEmpty() || !Files.isReadable(Path.of(library()))) {
      return Optional.of(
          "the emulation of a device was not built, which needs g++, and no driver is named by -D"
              + CudaProvider.LIBRARY_PROPERTY);
    }
    return new CudaProvider().unavailableReason(BackendOptions.defaults());
  }

  /** For conditions; prints the reason. */
  static boolean isPresent() {
    Optional<String> reason = whyNot();
    reason.ifPresent(why -> System.out.println("tests on a CUDA device skipped: " + why));
    return reason.isEmpty();
  }

  /** Skips the test, with the reason, where there is no device. */
  static void assumePresent() {
    Optional<String> reason = whyNot();
    assumeTrue(reason.isEmpty(), () -> reason.orElse(""));
  }

  static boolean isEmulated() {
    return library().contains("emulation");
  }

  static CudaBackend open(DType activations) {
    return open(BackendOptions.defaults().withDtype(activations));
  }

  /** Guards around every tensor, which a real device has no memory for. */
  static CudaBackend open(BackendOptions options) {
    return open(options, true);
  }

  /** Without units for 8-bit floats, as before compute capability 8.9. */
  static CudaBackend openWithoutFp8Units(DType activations) {
    return open(BackendOptions.defaults().withDtype(activations), false);
  }

  private static CudaBackend open(BackendOptions options, boolean allowsFp8Units) {
    CudaProvider provider = new CudaProvider();
    return isEmulated()
        ? provider.open(options, GuardedMemory::new, allowsFp8Units)
        : provider.open(options, DeviceArena::new, allowsFp8Units);
  }
}
