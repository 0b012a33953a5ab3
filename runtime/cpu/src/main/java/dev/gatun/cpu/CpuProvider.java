package dev.gatun.cpu;

import dev.gatun.tensor.Backend;
import dev.gatun.tensor.BackendException;
import dev.gatun.tensor.BackendOptions;
import dev.gatun.tensor.BackendProvider;
import dev.gatun.tensor.DType;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the cpu backend where its kernels were built and the processor can run them. The baseline
 * library, which any x86-64 server of the last fifteen years runs, reads the processor's features;
 * the best library for them is loaded. One thread at a time.
 */
public final class CpuProvider implements BackendProvider {
  static final String NAME = "cpu";
  private static final Logger log = LoggerFactory.getLogger(CpuProvider.class);

  private @Nullable Choice choice;

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Optional<String> unavailableReason() {
    return Optional.ofNullable(choice().reason());
  }

  @Override
  public Backend open(BackendOptions options) {
    CpuLibrary library = choice().library();
    if (library == null) {
      throw new BackendException("the cpu backend is unavailable: " + choice().reason());
    }
    CpuBackend backend = new CpuBackend(library, options);
    log.info(
        "cpu backend isa={} threads={} reason=\"best of the libraries that the processor runs, it"
            + " has {}\"",
        library.isa(),
        backend.numThreads(),
        library.isa().features());
    if (options.linearInputs() == DType.BF16 && !backend.roundsToBf16()) {
      log.info(
          "cpu backend isa={} has no dot products of bfloat16, linear layers compute in float32",
          library.isa());
    }
    return backend;
  }

  /** Decided on first use, so that finding providers loads nothing. */
  private Choice choice() {
    Choice made = choice;
    if (made == null) {
      made = choose();
      choice = made;
    }
    return made;
  }

  private static Choice choose() {
    String os = System.getProperty("os.name");
    String arch = System.getProperty("os.arch");
    if (!os.equals("Linux") || !arch.equals("amd64")) {
      return Choice.no("its kernels need Linux on x86-64, this is " + os + " on " + arch);
    }
    if (!NativeFile.isPackaged(CpuIsa.BASELINE)) {
      return Choice.no("its kernels were not built, the build found no C compiler");
    }
    try {
      return new Choice(best(), null);
    } catch (BackendException e) {
      return Choice.no(String.valueOf(e.getMessage()));
    }
  }

  private static CpuLibrary best() {
    CpuLibrary baseline = CpuLibrary.load(CpuIsa.BASELINE, NativeFile.directories());
    int machine = baseline.machineIsa();
    if (machine < CpuIsa.BASELINE.code()) {
      throw new BackendException("the processor lacks " + CpuIsa.BASELINE.features());
    }
    CpuIsa best = CpuIsa.BASELINE;
    for (CpuIsa isa : CpuIsa.values()) {
      if (isa.code() <= machine && NativeFile.isPackaged(isa)) {
        best = isa;
      }
    }
    return best == CpuIsa.BASELINE ? baseline : CpuLibrary.load(best, NativeFile.directories());
  }

  /** The library to use, or why there is none. */
  private record Choice(@Nullable CpuLibrary library, @Nullable String reason) {
    static Choice no(String reason) {
      return new Choice(null, reason);
    }
  }
}
