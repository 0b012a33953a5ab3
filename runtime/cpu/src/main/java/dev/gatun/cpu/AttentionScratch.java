package dev.gatun.cpu;

import dev.gatun.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * Memory that attention kernels need beside the tensors: per thread the packed keys and values of
 * one tile and the running sums of some rows, and what a sequence shared with the next thread
 * leaves to be merged, one or two MiB. It does not grow with the context; it is made when the first
 * layer runs and kept. Engine thread.
 */
final class AttentionScratch {
  private static final long ALIGNMENT = 64;

  private final CpuLibrary library;
  private final MemorySegment pool;
  private MemorySegment workspace = MemorySegment.NULL;
  private MemorySegment sinkFloats = MemorySegment.NULL;

  AttentionScratch(CpuLibrary library, MemorySegment pool) {
    this.library = library;
    this.pool = pool;
  }

  /** Room for one call of attention over such heads. */
  MemorySegment workspace(int numHeads, int numKvHeads, int headDim) {
    long bytes = 4 * library.attentionWorkspace(pool, numHeads, numKvHeads, headDim);
    if (workspace.byteSize() < bytes) {
      workspace = Arena.ofAuto().allocate(bytes, ALIGNMENT);
    }
    return workspace;
  }

  /** Sinks as float32; NULL for none. */
  MemorySegment sinks(@Nullable Tensor sinks) {
    if (sinks == null) {
      return MemorySegment.NULL;
    }
    int count = sinks.numRows();
    if (sinkFloats.byteSize() < 4L * count) {
      sinkFloats = Arena.ofAuto().allocate(4L * count, ALIGNMENT);
    }
    for (int i = 0; i < count; i++) {
      sinkFloats.setAtIndex(ValueLayout.JAVA_FLOAT, i, sinks.getFloat(i, 0));
    }
    return sinkFloats;
  }
}
