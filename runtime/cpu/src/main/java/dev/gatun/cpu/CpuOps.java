package dev.gatun.cpu;

import dev.gatun.tensor.Activation;
import dev.gatun.tensor.AttentionBatch;
import dev.gatun.tensor.AttentionCheck;
import dev.gatun.tensor.AttentionParams;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.HostBlocks;
import dev.gatun.tensor.KvLayer;
import dev.gatun.tensor.LinearWeight;
import dev.gatun.tensor.Ops;
import dev.gatun.tensor.Require;
import dev.gatun.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Checks what an op is given and calls its kernel. Nothing reaches C unchecked: a wrong index there
 * is a crash or a wrong answer, not an exception. Engine thread; a call returns when it is
 * computed.
 */
final class CpuOps implements Ops {
  private final CpuKernels kernels;
  private final CpuCacheKernels cacheKernels;
  private final AttentionScratch scratch;
  private MemorySegment linearWorkspace = MemorySegment.NULL;

  /** Ops that run on the given pool. */
  CpuOps(CpuLibrary library, MemorySegment pool) {
    kernels = new CpuKernels(library, pool);
    cacheKernels = new CpuCacheKernels(library, pool);
    scratch = new AttentionScratch(library, pool);
  }

  /** Room for the rounded rows of linear layers, made when their weights are placed. */
  void claimLinearWorkspace(long bytes) {
    if (linearWorkspace.byteSize() < bytes) {
      linearWorkspace = Arena.ofAuto().allocate(bytes, 64);
    }
  }

  @Override
  public void embed(Tensor out, Tensor table, Tensor ids, float scale) {
    Require.activation("embed out", out);
    Require.table("embed table", table, out.rowLength());
    checkIndices("embed ids", "embed: token id", ids, out.numRows(), table.numRows());
    kernels.embed(out, table, ids, scale);
  }

  private static void checkIndices(String name, String what, Tensor indices, int count, int limit) {
    Require.indices(name, indices, count);
    for (int i = 0; i < count; i++) {
      Require.index(what, indices.getInt(i), limit);
    }
  }

  @Override
  public void rmsNorm(Tensor out, Tensor x, Tensor weight, float weightOffset, float eps) {
    Require.activation("rmsNorm x", x);
    Require.activation("rmsNorm out", out, x.numRows(), x.rowLength());
    Require.vector("rmsNorm weight", weight, x.rowLength());
    kernels.rmsNorm(out, x, weight, weightOffset, eps);
  }

  @Override
  public void addRmsNorm(
      Tensor out, Tensor residual, Tensor x, Tensor weight, float weightOffset, float eps) {
    Require.activation("addRmsNorm x", x);
    Require.activation("addRmsNorm residual", residual, x.numRows(), x.rowLength());
    Require.activation("addRmsNorm out", out, x.numRows(), x.rowLength());
    Require.vector("addRmsNorm weight", weight, x.rowLength());
    kernels.addRmsNorm(out, residual, x, weight, weightOffset, eps);
  }

  @Override
  public void layerNorm(Tensor out, Tensor x, Tensor weight, @Nullable Tensor bias, float eps) {
    Require.activation("layerNorm x", x);
    Require.activation("layerNorm out", out, x.numRows(), x.rowLength());
    Require.vector("layerNorm weight", weight, x.rowLength());
    if (bias != null) {
      Require.vector("layerNorm bias", bias, x.rowLength());
    }
    kernels.layerNorm(out, x, weight, bias, eps);
  }

  @Override
  public void linear(Tensor out, Tensor x, LinearWeight weight) {
    Require.activation("linear x", x, x.numRows(), weight.inFeatures());
    Require.activation("linear out", out, x.numRows(), weight.outFeatures());
    try {
      switch (weight) {
        case CpuLinearWeight plain when plain.roundsInputs() ->
            kernels.bf16Linear(out, x, plain, linearWorkspace);
        case CpuLinearWeight plain -> kernels.linear(out, x, plain);
        case CpuPackedWeight packed -> kernels.packedLinear(out, x, packed, linearWorkspace);
        default ->
            throw new IllegalArgumentException(
                "linear weight was placed by another backend: " + weight.getClass().getName());
      }
    } finally {
      // The kernel reads the weights by address; this is what keeps them from being collected.
      Reference.reachabilityFence(weight);
    }
  }

  @Override
  public void qkNorm(Tensor heads, Tensor weight, float weightOffset, float eps) {
    int headDim = Math.toIntExact(weight.shape().numElements());
    Require.heads("qkNorm heads", heads, headDim);
    Require.vector("qkNorm weight", weight, headDim);
    kernels.qkNorm(heads, headDim, weight, weightOffset, eps);
  }

  @Override
  public void rope(Tensor heads, int headDim, Tensor positions, Tensor cosSin) {
    Require.heads("rope heads", heads, headDim);
    Require.cosSin(cosSin, headDim);
    checkIndices("rope positions", "rope: position", positions, heads.numRows(), cosSin.numRows());
    kernels.rope(heads, headDim, positions, cosSin);
  }

  @Override
  public void storeKv(KvLayer cache, Tensor k, Tensor v, Tensor slotMapping) {
    int rowLength = cache.numKvHeads() * cache.headDim();
    Require.activation("storeKv k", k, k.numRows(), rowLength);
    Require.activation("storeKv v", v, k.numRows(), rowLength);
    checkCache("storeKv", cache);
    int numSlots = Math.multiplyExact(cache.numBlocks(), cache.blockSize());
    checkIndices("storeKv slotMapping", "storeKv: slot", slotMapping, k.numRows(), numSlots);
    cacheKernels.storeKv(cache, k, v, slotMapping);
  }

  private static void checkCache(String op, KvLayer cache) {
    DType dtype = cache.keys().dtype();
    boolean isTaken = KvLayer.isCacheType(dtype) && dtype != DType.F8_E4M3;
    if (!isTaken || cache.keys().rowStride() != cache.values().rowStride()) {
      throw new IllegalArgumentException(
          op + ": cache " + cache.keys() + " is not F32, F16, BF16 or I8 with equal strides");
    }
  }

  @Override
  public void pagedAttention(
      Tensor out, Tensor q, KvLayer cache, AttentionBatch batch, AttentionParams params) {
    AttentionCheck.check(out, q, cache, batch, params);
    checkCache("pagedAttention", cache);
    cacheKernels.pagedAttention(
        out,
        q,
        cache,
        batch,
        params,
        scratch.sinks(params.sinks()),
        scratch.workspace(params.numHeads(), cache.numKvHeads(), cache.headDim()));
  }

  @Override
  public void gatedActivation(Tensor out, Tensor gateUp, Activation activation) {
    Require.activation("gatedActivation out", out);
    Require.activation("gatedActivation gateUp", gateUp, out.numRows(), 2L * out.rowLength());
    kernels.gatedActivation(out, gateUp, activation);
  }

  @Override
  public void activation(Tensor out, Tensor x, Activation activation) {
    Require.activation("activation x", x);
    Require.activation("activation out", out, x.numRows(), x.rowLength());
    kernels.activation(out, x, activation);
  }

  @Override
  public void add(Tensor out, Tensor a, Tensor b) {
    Require.activation("add a", a);
    Require.activation("add b", b, a.numRows(), a.rowLength());
    Require.activation("add out", out, a.numRows(), a.rowLength());
    kernels.add(out, a, b);
  }

  @Override
  public void gatherRows(Tensor out, Tensor x, Tensor rows) {
    Require.activation("gatherRows x", x);
    Require.activation("gatherRows out", out, out.numRows(), x.rowLength());
    checkIndices("gatherRows rows", "gatherRows: row", rows, out.numRows(), x.numRows());
    kernels.gatherRows(out, x, rows);
  }

  @Override
  public void copyBlocks(List<KvLayer> layers, int[] sources, int[] destinations, int count) {
    HostBlocks.copyBlocks(layers, sources, destinations, count);
  }

  @Override
  public void swapBlock(KvLayer from, int source, KvLayer to, int destination) {
    HostBlocks.swapBlock(from, source, to, destination);
  }
}
