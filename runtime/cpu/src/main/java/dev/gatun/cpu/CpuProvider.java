package dev.gatun.cpu;

import dev.gatun.tensor.Backend;
import dev.gatun.tensor.BackendException;
import dev.gatun.tensor.BackendOptions;
import dev.gatun.tensor.BackendProvider;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the cpu backend where its kernels were built and the processor can run them: the best
 * library for it is loaded, or the one that {@link IsaChoice#VARIABLE} names. One that is named and
 * cannot be had stops the start, no other backend takes its place. One thread at a time.
 */
public final class CpuProvider implements BackendProvider {
  static final String NAME = "cpu";
  private static final Logger log = LoggerFactory.getLogger(CpuProvider.class);

  private final @Nullable String wantedIsa;
  private @Nullable Choice choice;

  /** For {@link java.util.ServiceLoader}. */
  public CpuProvider() {
    this(System.getenv(IsaChoice.VARIABLE));
  }

  /** With an instruction set in place of the variable's; null for the best. */
  CpuProvider(@Nullable String wantedIsa) {
    this.wantedIsa = wantedIsa;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Optional<String> unavailableReason(BackendOptions options) {
    return Optional.ofNullable(choice().reason());
  }

  @Override
  public Backend open(BackendOptions options) {
    Choice made = choice();
    if (made.refusal() != null) {
      throw new BackendException(made.refusal());
    }
    IsaChoice isa = made.isa();
    CpuLibrary library = made.library();
    if (isa == null || library == null) {
      throw new BackendException("the cpu backend is unavailable: " + made.reason());
    }
    CpuBackend backend = new CpuBackend(library, options);
    log.info(
        "cpu backend isa={} threads={} reason=\"{}\"",
        isa.isa().isaName(),
        backend.numThreads(),
        isa.reason());
    if (options.allowsBf16() && !backend.roundsToBf16()) {
      log.info(
          "cpu backend isa={} has no dot products of bfloat16, linear layers compute in float32",
          isa.isa().isaName());
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

  private Choice choose() {
    String os = System.getProperty("os.name");
    String arch = System.getProperty("os.arch");
    Optional<Platform> platform = Platform.of(os, arch);
    return platform
        .map(this::choose)
        .orElseGet(
            () ->
                Choice.no(
                    "its kernels need Linux on x86-64 or aarch64, this is " + os + " on " + arch));
  }

  private Choice choose(Platform platform) {
    if (!CpuMachine.isPackaged(platform)) {
      return Choice.no(
          "its kernels for %s are not in the jars, the build found no C compiler for them; jar"
                  .formatted(platform.directory())
              + " gatun-cpu with classifier %s has them".formatted(platform.directory()));
    }
    try {
      Set<CpuIsa> machine = CpuMachine.isas(platform, NativeFile.directories());
      if (machine.isEmpty()) {
        return Choice.no("the processor lacks " + CpuIsa.least(platform).features());
      }
      return load(machine);
    } catch (BackendException e) {
      return Choice.no(String.valueOf(e.getMessage()));
    }
  }

  private Choice load(Set<CpuIsa> machine) {
    IsaChoice isa;
    try {
      isa = IsaChoice.of(machine, wantedIsa);
    } catch (BackendException e) {
      return Choice.refused(String.valueOf(e.getMessage()));
    }
    try {
      return new Choice(isa, CpuLibrary.load(isa.isa(), NativeFile.directories()), null, null);
    } catch (BackendException e) {
      return wantedIsa == null || wantedIsa.isBlank()
          ? Choice.no(String.valueOf(e.getMessage()))
          : Choice.refused("%s=%s: %s".formatted(IsaChoice.VARIABLE, wantedIsa, e.getMessage()));
    }
  }

  /** What to use and why, or why the backend is unavailable, or why the wanted one is refused. */
  private record Choice(
      @Nullable IsaChoice isa,
      @Nullable CpuLibrary library,
      @Nullable String reason,
      @Nullable String refusal) {
    static Choice no(String reason) {
      return new Choice(null, null, reason, null);
    }

    static Choice refused(String refusal) {
      return new Choice(null, null, null, refusal);
    }
  }
}
