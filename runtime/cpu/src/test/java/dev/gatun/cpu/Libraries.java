package dev.gatun.cpu;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatun.tensor.Backend;
import dev.gatun.tensor.BackendOptions;
import java.util.Optional;

/** The libraries that this build made and this machine runs. */
final class Libraries {
  private Libraries() {}

  /** Why tests of the instruction set cannot run here; empty if they can. */
  static Optional<String> whyNot(CpuIsa isa) {
    Optional<Platform> here = Platform.current();
    if (here.isEmpty() || here.get() != isa.platform()) {
      return Optional.of("it is for " + isa.platform().directory());
    }
    if (!CpuMachine.isPackaged(here.get())) {
      return Optional.of("the native kernels were not built");
    }
    return CpuMachine.isas(here.get(), NativeFile.directories()).contains(isa)
        ? Optional.empty()
        : Optional.of("this processor lacks " + isa.features());
  }

  static boolean runsBaseline() {
    return runs(CpuIsa.BASELINE);
  }

  static boolean runsAvx2() {
    return runs(CpuIsa.AVX2);
  }

  static boolean runsAvx2Vnni() {
    return runs(CpuIsa.AVX2_VNNI);
  }

  static boolean runsAvx512Vnni() {
    return runs(CpuIsa.AVX512_VNNI);
  }

  static boolean runsAvx512() {
    return runs(CpuIsa.AVX512);
  }

  static boolean runsAmx() {
    return runs(CpuIsa.AMX);
  }

  static boolean runsNeon() {
    return runs(CpuIsa.NEON);
  }

  static boolean runsNeonI8mm() {
    return runs(CpuIsa.NEON_I8MM);
  }

  static boolean runsNeonBf16() {
    return runs(CpuIsa.NEON_BF16);
  }

  /** Whether tests can run on it; prints why not. */
  static boolean runs(CpuIsa isa) {
    Optional<String> reason = whyNot(isa);
    reason.ifPresent(why -> System.out.println("cpu tests on " + isa + " skipped: " + why));
    return reason.isEmpty();
  }

  /** Skips the test, with the reason, if it cannot run on the instruction set. */
  static void assumeRuns(CpuIsa isa) {
    Optional<String> reason = whyNot(isa);
    assumeTrue(reason.isEmpty(), () -> isa + ": " + reason.orElse(""));
  }

  static Backend open(CpuIsa isa, int numThreads) {
    return open(isa, new BackendOptions(numThreads));
  }

  static Backend open(CpuIsa isa, BackendOptions options) {
    return new CpuBackend(CpuLibrary.load(isa, NativeFile.directories()), options);
  }
}
