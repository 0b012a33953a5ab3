package dev.gatun.tensor;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Pages of this machine's memory, huge ones where Linux gives them: they are claimed many times as
 * fast as small ones, and kernels that stream weights miss the TLB less. Stateless; any thread.
 */
final class HostPages {
  /** Of x86-64, and of AArch64 with small pages of 4 KiB. */
  static final long HUGE_PAGE_BYTES = 2L << 20;

  private static final long SMALL_PAGE_BYTES = 4096;

  /** What one thread claims at a time. */
  private static final long PIECE_BYTES = 32L << 20;

  // Of Linux on x86-64 and AArch64.
  private static final int PROT_READ_WRITE = 3;
  private static final int MAP_PRIVATE_ANONYMOUS_NORESERVE = 0x4022;
  private static final int MADV_HUGEPAGE = 14;
  private static final int MADV_POPULATE_WRITE = 23;
  private static final long MAP_FAILED = -1;

  private static final @Nullable Calls CALLS = Calls.find();

  private HostPages() {}

  /** Functions of the C library. */
  private record Calls(MethodHandle mmap, MethodHandle munmap, MethodHandle madvise) {
    /** Null where they or their constants are others. */
    static @Nullable Calls find() {
      if (!System.getProperty("os.name").equals("Linux")) {
        return null;
      }
      return new Calls(
          bind("mmap", ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG),
          bind("munmap", JAVA_INT, ADDRESS, JAVA_LONG),
          bind("madvise", JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
    }

    // The launcher grants access to native code.
    @SuppressWarnings("restricted")
    private static MethodHandle bind(
        String function, ValueLayout result, ValueLayout... arguments) {
      Linker linker = Linker.nativeLinker();
      return linker.downcallHandle(
          linker.defaultLookup().findOrThrow(function), FunctionDescriptor.of(result, arguments));
    }

    /** Null if the address space does not suffice. */
    @Nullable MemorySegment map(long bytes) {
      try {
        MemorySegment mapped =
            (MemorySegment)
                mmap.invokeExact(
                    MemorySegment.NULL,
                    bytes,
                    PROT_READ_WRITE,
                    MAP_PRIVATE_ANONYMOUS_NORESERVE,
                    -1,
                    0L);
        return mapped.address() == MAP_FAILED ? null : mapped;
      } catch (Throwable e) {
        throw new AssertionError("mmap throws nothing", e);
      }
    }

    void unmap(MemorySegment mapped, long bytes) {
      int status;
      try {
        status = (int) munmap.invokeExact(mapped, bytes);
      } catch (Throwable e) {
        throw new AssertionError("munmap throws nothing", e);
      }
      if (status != 0) {
        throw new IllegalStateException("munmap of " + mapped + ", " + bytes + " bytes failed");
      }
    }

    boolean advise(MemorySegment pages, int advice) {
      try {
        return (int) madvise.invokeExact(pages, pages.byteSize(), advice) == 0;
      } catch (Throwable e) {
        throw new AssertionError("madvise throws nothing", e);
      }
    }
  }

  /**
   * Zeroed memory of which nothing is claimed yet; null where the system has none such.
   *
   * @param bytes a multiple of {@link #HUGE_PAGE_BYTES}
   * @param arena frees it
   */
  static @Nullable MemorySegment reserve(long bytes, Arena arena) {
    // One page more, to start at a multiple of the size; what is not claimed costs nothing.
    long mappedBytes = bytes + HUGE_PAGE_BYTES;
    MemorySegment mapped = CALLS == null ? null : CALLS.map(mappedBytes);
    if (CALLS == null || mapped == null) {
      return null;
    }
    MemorySegment whole = sized(mapped, mappedBytes, arena);
    long skipped = -mapped.address() & (HUGE_PAGE_BYTES - 1);
    MemorySegment pages = whole.asSlice(skipped, bytes);
    // Refused by a kernel that was built without huge pages: then small ones it is.
    CALLS.advise(pages, MADV_HUGEPAGE);
    return pages;
  }

  @SuppressWarnings("restricted")
  private static MemorySegment sized(MemorySegment mapped, long bytes, Arena arena) {
    return mapped.reinterpret(bytes, arena, _ -> unmap(mapped, bytes));
  }

  private static void unmap(MemorySegment mapped, long bytes) {
    if (CALLS != null) {
      CALLS.unmap(mapped, bytes);
    }
  }

  /**
   * Makes every page present, several threads sharing the work: zeroing gigabytes takes seconds.
   *
   * @param pages zeroed, whole pages of what {@link #reserve} gave
   */
  static void claim(MemorySegment pages) {
    long numPieces = Math.ceilDiv(pages.byteSize(), PIECE_BYTES);
    if (numPieces <= 1) {
      claimPiece(pages);
      return;
    }
    LongStream.range(0, numPieces)
        .parallel()
        .forEach(
            piece -> {
              long from = piece * PIECE_BYTES;
              claimPiece(pages.asSlice(from, Math.min(PIECE_BYTES, pages.byteSize() - from)));
            });
  }

  private static void claimPiece(MemorySegment pages) {
    // Known from Linux 5.14 on.
    if (CALLS == null || !CALLS.advise(pages, MADV_POPULATE_WRITE)) {
      touch(pages);
    }
  }

  /** Slower, and the same everywhere. */
  static void touch(MemorySegment pages) {
    for (long at = 0; at < pages.byteSize(); at += SMALL_PAGE_BYTES) {
      pages.set(ValueLayout.JAVA_BYTE, at, (byte) 0);
    }
  }
}
