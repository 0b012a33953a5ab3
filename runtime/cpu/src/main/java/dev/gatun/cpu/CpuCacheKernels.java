package dev.gatun.cpu;

import static dev.gatun.cpu.CpuKernels.kernel;
import static dev.gatun.cpu.CpuKernels.type;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.gatun.tensor.AttentionBatch;
import dev.gatun.tensor.AttentionParams;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.KvLayer;
import dev.gatun.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** The ops on the KV cache, bound like those of {@link CpuKernels}. Engine thread. */
final class CpuCacheKernels {
  private static final int I8 = 3;
  private static final MethodHandle STORE_KV =
      kernel(
          ADDRESS, ADDRESS, JAVA_INT, JAVA_LONG, JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS, JAVA_LONG,
          ADDRESS, JAVA_LONG, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle PAGED_ATTENTION =
      kernel(
          ADDRESS,
          JAVA_LONG,
          ADDRESS,
          JAVA_LONG,
          ADDRESS,
          ADDRESS,
          JAVA_INT,
          JAVA_LONG,
          JAVA_LONG,
          ADDRESS,
          ADDRESS,
          ADDRESS,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_FLOAT,
          JAVA_FLOAT,
          JAVA_LONG,
          ADDRESS,
          ADDRESS);

  private final MemorySegment pool;
  private final MemorySegment storeKv;
  private final MemorySegment pagedAttention;

  /** Ops that run on the given pool. */
  CpuCacheKernels(CpuLibrary library, MemorySegment pool) {
    this.pool = pool;
    storeKv = library.address("store_kv");
    pagedAttention = library.address("paged_attention");
  }

  private static int cacheType(KvLayer cache) {
    return cache.keys().dtype() == DType.I8 ? I8 : type(cache.keys());
  }

  void storeKv(KvLayer cache, Tensor k, Tensor v, Tensor slotMapping) {
    try {
      int status =
          (int)
              STORE_KV.invokeExact(
                  storeKv,
                  pool,
                  cache.keys().data(),
                  cache.values().data(),
                  cacheType(cache),
                  cache.keys().rowStride(),
                  (long) cache.blockSize(),
                  k.data(),
                  k.rowStride(),
                  v.data(),
                  v.rowStride(),
                  slotMapping.data(),
                  (long) k.numRows(),
                  (long) cache.numKvHeads(),
                  (long) cache.headDim());
      CpuLibrary.check("store_kv", status);
    } catch (Throwable e) {
      throw CpuLibrary.broken("store_kv", e);
    }
  }

  void pagedAttention(
      Tensor out,
      Tensor q,
      KvLayer cache,
      AttentionBatch batch,
      AttentionParams params,
      MemorySegment sinks,
      MemorySegment workspace) {
    try {
      int status =
          (int)
              PAGED_ATTENTION.invokeExact(
                  pagedAttention,
                  pool,
                  out.data(),
                  out.rowStride(),
                  q.data(),
                  q.rowStride(),
                  cache.keys().data(),
                  cache.values().data(),
                  cacheType(cache),
                  cache.keys().rowStride(),
                  (long) cache.blockSize(),
                  batch.queryStart().data(),
                  batch.contextLens().data(),
                  batch.blockTables().data(),
                  (long) batch.limits().maxBlocksPerSequence(),
                  (long) batch.numSequences(),
                  (long) params.numHeads(),
                  (long) cache.numKvHeads(),
                  (long) cache.headDim(),
                  params.scale(),
                  params.softCap(),
                  (long) params.window(),
                  sinks,
                  workspace);
      CpuLibrary.check("paged_attention", status);
    } catch (Throwable e) {
      throw CpuLibrary.broken("paged_attention", e);
    }
  }
}
