package dev.gatun.cpu;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.gatun.tensor.BackendException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * The library that asks the processor. It is compiled for the least one of its architecture, so
 * unlike those of {@link CpuLibrary} it may be loaded before anything is known.
 */
final class CpuMachine {
  private static final String FILE_NAME = "libgatun_cpu_machine.so";
  private static final String FUNCTION = "gatun_cpu_machine_isas";
  private static final MethodHandle MACHINE_ISAS = CpuLibrary.plain(JAVA_INT);

  private CpuMachine() {}

  /** Whether the platform's libraries are in the jars. */
  static boolean isPackaged(Platform platform) {
    return NativeFile.isPackaged(platform, FILE_NAME);
  }

  /**
   * The instruction sets that this processor and its operating system offer.
   *
   * @param platform the one of this virtual machine
   * @throws BackendException if the library cannot be loaded
   */
  static Set<CpuIsa> isas(Platform platform, List<Path> directories) {
    SymbolLookup symbols = NativeFile.load(platform, FILE_NAME, directories);
    MemorySegment address =
        symbols
            .find(FUNCTION)
            .orElseThrow(() -> new BackendException(FILE_NAME + " lacks " + FUNCTION));
    try {
      return CpuIsa.fromBits(platform, (int) MACHINE_ISAS.invokeExact(address));
    } catch (Throwable e) {
      throw CpuLibrary.broken("machine_isas", e);
    }
  }
}
