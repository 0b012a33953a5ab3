package dev.gatun.cpu;

import dev.gatun.tensor.Backend;
import dev.gatun.tensor.BackendOptions;
import java.util.Optional;

/** The libraries that this build made and this machine runs. */
final class Libraries {
  private Libraries() {}

  /** Why tests of the instruction set cannot run here; empty if they can. */
  static Optional<String> whyNot(CpuIsa isa) {
    if (!NativeFile.isPackaged(CpuIsa.BASELINE)) {
      return Optional.of("the native kernels were not built");
    }
    if (!NativeFile.isPackaged(isa)) {
      return Optional.of(isa.fileName() + " was not built");
    }
    CpuLibrary baseline = CpuLibrary.load(CpuIsa.BASELINE, NativeFile.directories());
    return baseline.machineIsa() < isa.code()
        ? Optional.of("this processor lacks " + isa.features())
        : Optional.empty();
  }

  static boolean runsBaseline() {
    return runs(CpuIsa.BASELINE);
  }

  static boolean runsAvx2() {
    return runs(CpuIsa.AVX2);
  }

  static boolean runsAvx512() {
    return runs(CpuIsa.AVX512);
  }

  /** Whether tests can run on it; prints why not. */
  static boolean runs(CpuIsa isa) {
    Optional<String> reason = whyNot(isa);
    reason.ifPresent(why -> System.out.println("cpu tests on " + isa + " skipped: " + why));
    return reason.isEmpty();
  }

  static Backend open(CpuIsa isa, int numThreads) {
    return open(isa, new BackendOptions(numThreads));
  }

  static Backend open(CpuIsa isa, BackendOptions options) {
    return new CpuBackend(CpuLibrary.load(isa, NativeFile.directories()), options);
  }
}
