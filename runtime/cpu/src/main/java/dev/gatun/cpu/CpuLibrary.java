package dev.gatun.cpu;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.gatun.tensor.BackendException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.List;

/**
 * One loaded library with the functions of {@code native/include/gatun_cpu.h}. Handles are shared
 * by the libraries of all instruction sets, so each takes the function's address first. Calls are
 * plain downcalls: an op may take milliseconds and must not hold up the garbage collector.
 *
 * <p>Here are identity, pool and sizes; the ops are in {@link CpuKernels}. A status other than 0
 * becomes a {@link BackendException} with the function and its code.
 */
final class CpuLibrary {
  private static final int ABI_VERSION = 5;
  private static final String PREFIX = "gatun_cpu_";

  private static final MethodHandle GET_INT = plain(JAVA_INT);
  private static final MethodHandle GET_LONG = plain(JAVA_LONG);
  private static final MethodHandle POOL_CREATE = plain(JAVA_INT, JAVA_INT, ADDRESS);
  private static final MethodHandle POOL_DESTROY = bind(FunctionDescriptor.ofVoid(ADDRESS));
  private static final MethodHandle ATTENTION_WORKSPACE =
      plain(JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_LONG, JAVA_LONG);

  private static final MethodHandle PACKED_BYTES = plain(JAVA_LONG, ADDRESS);
  private static final MethodHandle PACK = plain(JAVA_INT, ADDRESS, ADDRESS, ADDRESS);
  private static final MethodHandle PACKED_WORKSPACE = plain(JAVA_LONG, JAVA_LONG);

  private static final MethodHandle BF16_WORKSPACE = plain(JAVA_LONG, JAVA_LONG);

  private final CpuIsa isa;
  private final SymbolLookup symbols;

  private CpuLibrary(CpuIsa isa, SymbolLookup symbols) {
    this.isa = isa;
    this.symbols = symbols;
  }

  /**
   * Loads a library. Only if the processor can run it, see {@link CpuMachine}.
   *
   * @throws BackendException if it cannot be loaded, is not the one this class was written for, or
   *     needs registers that the operating system does not give
   */
  static CpuLibrary load(CpuIsa isa, List<Path> directories) {
    CpuLibrary library =
        new CpuLibrary(isa, NativeFile.load(isa.platform(), isa.fileName(), directories));
    library.expect("abi_version", ABI_VERSION, library.getInt("abi_version"));
    library.expect("library_isa", isa.code(), library.getInt("library_isa"));
    check("prepare", library.getInt("prepare"));
    library.expect(
        "linear_block_bytes",
        CpuLinearWeight.BLOCK_LAYOUT.byteSize(),
        library.getLong("linear_block_bytes"));
    library.expect(
        "weight_source_bytes",
        CpuWeightSource.LAYOUT.byteSize(),
        library.getLong("weight_source_bytes"));
    library.expect(
        "packed_block_bytes",
        CpuPackedWeight.BLOCK_LAYOUT.byteSize(),
        library.getLong("packed_block_bytes"));
    return library;
  }

  private void expect(String function, long expected, long actual) {
    if (actual != expected) {
      throw new BackendException(
          "%s: %s%s is %d, expected %d; the library and the jar are of different builds"
              .formatted(isa.fileName(), PREFIX, function, actual, expected));
    }
  }

  static MethodHandle plain(ValueLayout result, MemoryLayout... arguments) {
    return bind(FunctionDescriptor.of(result, arguments));
  }

  // Calling native code is what this class is for; the launcher grants it.
  @SuppressWarnings("restricted")
  private static MethodHandle bind(FunctionDescriptor descriptor) {
    return Linker.nativeLinker().downcallHandle(descriptor);
  }

  CpuIsa isa() {
    return isa;
  }

  /** Whether {@code bf16_linear} is faster than {@code linear} here. */
  boolean hasBf16Dot() {
    return getInt("has_bf16_dot") != 0;
  }

  /** Address of a function, its name given without the common prefix. */
  MemorySegment address(String function) {
    return symbols
        .find(PREFIX + function)
        .orElseThrow(() -> new BackendException(isa.fileName() + " lacks " + PREFIX + function));
  }

  private int getInt(String function) {
    try {
      return (int) GET_INT.invokeExact(address(function));
    } catch (Throwable e) {
      throw broken(function, e);
    }
  }

  private long getLong(String function) {
    try {
      return (long) GET_LONG.invokeExact(address(function));
    } catch (Throwable e) {
      throw broken(function, e);
    }
  }

  /** Starts a native thread pool; the caller is one of its threads. */
  MemorySegment createPool(int numThreads) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment result = arena.allocate(ADDRESS);
      int status;
      try {
        status = (int) POOL_CREATE.invokeExact(address("pool_create"), numThreads, result);
      } catch (Throwable e) {
        throw broken("pool_create", e);
      }
      check("pool_create", status);
      return result.get(ADDRESS, 0);
    }
  }

  void destroyPool(MemorySegment pool) {
    try {
      POOL_DESTROY.invokeExact(address("pool_destroy"), pool);
    } catch (Throwable e) {
      throw broken("pool_destroy", e);
    }
  }

  /** Floats of workspace that attention over such heads needs. */
  long attentionWorkspace(MemorySegment pool, long numHeads, long numKvHeads, long headDim) {
    try {
      return (long)
          ATTENTION_WORKSPACE.invokeExact(
              address("attention_workspace"), pool, numHeads, numKvHeads, headDim);
    } catch (Throwable e) {
      throw broken("attention_workspace", e);
    }
  }

  /** Bytes that a weight source takes when it is packed. */
  long packedBytes(MemorySegment source) {
    long bytes;
    try {
      bytes = (long) PACKED_BYTES.invokeExact(address("packed_bytes"), source);
    } catch (Throwable e) {
      throw broken("packed_bytes", e);
    }
    if (bytes < 0) {
      throw new BackendException(PREFIX + "packed_bytes refused a weight source");
    }
    return bytes;
  }

  /** Packs a weight source into memory of {@link #packedBytes}, aligned to 64 bytes. */
  void pack(MemorySegment pool, MemorySegment source, MemorySegment packed) {
    int status;
    try {
      status = (int) PACK.invokeExact(address("pack"), pool, source, packed);
    } catch (Throwable e) {
      throw broken("pack", e);
    }
    check("pack", status);
  }

  /** Bytes of workspace that linear layers of so many columns want. */
  long packedWorkspace(long inFeatures) {
    try {
      return (long) PACKED_WORKSPACE.invokeExact(address("packed_workspace"), inFeatures);
    } catch (Throwable e) {
      throw broken("packed_workspace", e);
    }
  }

  /** The same for inputs rounded to BF16. */
  long bf16Workspace(long inFeatures) {
    try {
      return (long) BF16_WORKSPACE.invokeExact(address("bf16_workspace"), inFeatures);
    } catch (Throwable e) {
      throw broken("bf16_workspace", e);
    }
  }

  static void check(String function, int status) {
    if (status != 0) {
      String meaning =
          switch (status) {
            case 1 -> "invalid argument";
            case 2 -> "no memory";
            case 3 -> "no thread";
            case 4 ->
                "the operating system does not permit AMX's tiles, arch_prctl was refused: it takes"
                    + " Linux 5.16 or later, and a seccomp profile that lets it through";
            default -> "unknown status";
          };
      throw new BackendException(PREFIX + function + " returned " + status + ": " + meaning);
    }
  }

  /** What invokeExact may throw besides what C cannot: a mismatch of types, which is our bug. */
  static RuntimeException broken(String function, Throwable cause) {
    return cause instanceof RuntimeException e
        ? e
        : new IllegalStateException("call of " + PREFIX + function, cause);
  }
}
