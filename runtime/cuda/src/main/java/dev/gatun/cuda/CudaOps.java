package dev.gatun.cuda;

import dev.gatun.tensor.Activation;
import dev.gatun.tensor.AttentionBatch;
import dev.gatun.tensor.AttentionParams;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.KvLayer;
import dev.gatun.tensor.LinearWeight;
import dev.gatun.tensor.Ops;
import dev.gatun.tensor.Require;
import dev.gatun.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Checks what an op is given and queues its kernel. Nothing reaches the device unchecked: a wrong
 * index there ends the process. A call returns when the kernel is queued. Engine thread.
 */
final class CudaOps implements Ops {
  private final CudaDevice device;
  private final Activations activations;
  private final Batches batches;
  private final RowKernels rowKernels;
  private final CudaLinear linear;
  private final CudaCacheOps cacheOps;

  CudaOps(
      CudaDevice device,
      Activations activations,
      Batches batches,
      RowKernels rowKernels,
      CudaLinear linear,
      CudaCacheOps cacheOps) {
    this.device = device;
    this.activations = activations;
    this.batches = batches;
    this.rowKernels = rowKernels;
    this.linear = linear;
    this.cacheOps = cacheOps;
  }

  @Override
  public void embed(Tensor out, Tensor table, Tensor ids, float scale) {
    activations.check("embed out", out);
    Require.table("embed table", table, out.rowLength());
    checkContiguous("embed table", table);
    checkIndices("embed ids", "embed: token id", ids, out.numRows(), table.numRows());
    if (out.numRows() > 0) {
      device.makeCurrent();
      rowKernels.embed(out, table, batches.address(ids), scale);
    }
  }

  private static void checkContiguous(String what, Tensor tensor) {
    if (!tensor.isContiguous()) {
      throw new IllegalArgumentException(what + " " + tensor + " has gaps between its rows");
    }
  }

  private void checkIndices(String name, String what, Tensor indices, int count, int limit) {
    batches.checkIndices(name, what, indices, count, limit);
  }

  @Override
  public void rmsNorm(Tensor out, Tensor x, Tensor weight, float weightOffset, float eps) {
    activations.check("rmsNorm x", x);
    activations.checkSame("rmsNorm out", out, x);
    Require.vector("rmsNorm weight", weight, x.rowLength());
    if (x.numRows() > 0) {
      device.makeCurrent();
      rowKernels.rmsNorm(out, x, weight, weightOffset, eps);
    }
  }

  @Override
  public void addRmsNorm(
      Tensor out, Tensor residual, Tensor x, Tensor weight, float weightOffset, float eps) {
    activations.check("addRmsNorm x", x);
    activations.checkSame("addRmsNorm residual", residual, x);
    activations.checkSame("addRmsNorm out", out, x);
    Require.vector("addRmsNorm weight", weight, x.rowLength());
    if (x.numRows() > 0) {
      device.makeCurrent();
      rowKernels.addRmsNorm(out, residual, x, weight, weightOffset, eps);
    }
  }

  @Override
  public void layerNorm(Tensor out, Tensor x, Tensor weight, @Nullable Tensor bias, float eps) {
    activations.check("layerNorm x", x);
    activations.checkSame("layerNorm out", out, x);
    Require.vector("layerNorm weight", weight, x.rowLength());
    if (bias != null) {
      Require.vector("layerNorm bias", bias, x.rowLength());
    }
    if (x.numRows() > 0) {
      device.makeCurrent();
      rowKernels.layerNorm(out, x, weight, bias, eps);
    }
  }

  /** Inputs may be of either activation type, and so may outputs: logits are F32 always. */
  @Override
  public void linear(Tensor out, Tensor x, LinearWeight weight) {
    activations.checkShape("linear x", x, x.shape().dim(0), weight.inFeatures());
    activations.checkShape("linear out", out, x.numRows(), weight.outFeatures());
    if (!(weight instanceof CudaLinearWeight placed)) {
      throw new IllegalArgumentException(
          "linear weight was placed by another backend: " + weight.getClass().getName());
    }
    if (x.numRows() > 0) {
      device.makeCurrent();
      linear.run(out, x, placed);
    }
  }

  @Override
  public void qkNorm(Tensor heads, Tensor weight, float weightOffset, float eps) {
    int headDim = Math.toIntExact(weight.shape().numElements());
    activations.checkHeads("qkNorm heads", heads, headDim);
    Require.vector("qkNorm weight", weight, headDim);
    if (heads.numRows() > 0) {
      device.makeCurrent();
      rowKernels.qkNorm(heads, headDim, weight, weightOffset, eps);
    }
  }

  @Override
  public void rope(Tensor heads, int headDim, Tensor positions, Tensor cosSin) {
    checkRope(heads, headDim, positions, cosSin);
    if (heads.numRows() > 0 && cosSin.rowLength() > 0) {
      device.makeCurrent();
      rowKernels.rope(heads, headDim, batches.address(positions), cosSin);
    }
  }

  private void checkRope(Tensor heads, int headDim, Tensor positions, Tensor cosSin) {
    activations.checkHeads("rope heads", heads, headDim);
    Require.cosSin(cosSin, headDim);
    checkContiguous("rope cosSin", cosSin);
    checkIndices("rope positions", "rope: position", positions, heads.numRows(), cosSin.numRows());
  }

  @Override
  public void storeKv(KvLayer cache, Tensor k, Tensor v, Tensor slotMapping) {
    checkStore(cache, k, v, slotMapping);
    if (k.numRows() > 0) {
      device.makeCurrent();
      cacheOps.storeKv(cache, k, v, batches.address(slotMapping));
    }
  }

  private void checkStore(KvLayer cache, Tensor k, Tensor v, Tensor slotMapping) {
    int rowLength = Math.multiplyExact(cache.numKvHeads(), cache.headDim());
    activations.checkShape("storeKv k", k, k.shape().dim(0), rowLength);
    activations.check("storeKv v", v, k, k.numRows(), rowLength);
    int numSlots = Math.multiplyExact(cache.numBlocks(), cache.blockSize());
    checkIndices("storeKv slotMapping", "storeKv: slot", slotMapping, k.numRows(), numSlots);
  }

  @Override
  public void ropeStoreKv(
      KvLayer cache,
      Tensor q,
      Tensor k,
      Tensor v,
      Tensor positions,
      Tensor cosSin,
      Tensor slotMapping) {
    if (!isBehind(k, q) || !isBehind(v, k)) {
      Ops.super.ropeStoreKv(cache, q, k, v, positions, cosSin, slotMapping);
      return;
    }
    checkRope(q, cache.headDim(), positions, cosSin);
    checkStore(cache, k, v, slotMapping);
    if (q.numRows() > 0) {
      device.makeCurrent();
      long positionsAt = batches.address(positions);
      cacheOps.ropeStoreKv(cache, q, cosSin, positionsAt, batches.address(slotMapping));
    }
  }

  /** Whether the second one's columns follow the first one's in the same matrix. */
  private static boolean isBehind(Tensor second, Tensor first) {
    long end = first.data().address() + (long) first.rowLength() * first.dtype().bytes();
    return second.data().address() == end
        && second.dtype() == first.dtype()
        && second.numRows() == first.numRows()
        && second.rowStride() == first.rowStride();
  }

  @Override
  public void pagedAttention(
      Tensor out, Tensor q, KvLayer cache, AttentionBatch batch, AttentionParams params) {
    device.makeCurrent();
    cacheOps.pagedAttention(out, q, cache, batch, params);
  }

  @Override
  public void gatedActivation(Tensor out, Tensor gateUp, Activation function) {
    activations.check("gatedActivation out", out);
    activations.check("gatedActivation gateUp", gateUp, out, out.numRows(), 2L * out.rowLength());
    if (out.numRows() > 0) {
      device.makeCurrent();
      rowKernels.gatedActivation(out, gateUp, function);
    }
  }

  @Override
  public void activation(Tensor out, Tensor x, Activation function) {
    activations.check("activation x", x);
    activations.checkSame("activation out", out, x);
    if (out.numRows() > 0) {
      device.makeCurrent();
      rowKernels.activation(out, x, function);
    }
  }

  @Override
  public void add(Tensor out, Tensor a, Tensor b) {
    activations.check("add a", a);
    activations.checkSame("add b", b, a);
    activations.checkSame("add out", out, a);
    if (out.numRows() > 0) {
      device.makeCurrent();
      rowKernels.add(out, a, b);
    }
  }

  @Override
  public void gatherRows(Tensor out, Tensor x, Tensor rows) {
    activations.check("gatherRows x", x);
    activations.check("gatherRows out", out, x, out.shape().dim(0), x.rowLength());
    checkIndices("gatherRows rows", "gatherRows: row", rows, out.numRows(), x.numRows());
    if (out.numRows() > 0) {
      device.makeCurrent();
      rowKernels.gatherRows(out, x, batches.address(rows));
    }
  }

  @Override
  public void copyBlocks(List<KvLayer> layers, int[] sources, int[] destinations, int count) {
    device.makeCurrent();
    cacheOps.copyBlocks(layers, sources, destinations, count);
  }

  @Override
  public void swapBlock(KvLayer from, int source, KvLayer to, int destination) {
    device.makeCurrent();
    cacheOps.swapBlock(from, source, to, destination);
  }

  /** Place of a kernel in a pair that has one per activation type. */
  static int variant(Tensor activation) {
    return activation.dtype() == DType.F32 ? 0 : 1;
  }
}
