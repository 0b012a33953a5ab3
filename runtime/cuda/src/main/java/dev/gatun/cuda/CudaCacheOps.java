package dev.gatun.cuda;

import static dev.gatun.cuda.CudaOps.variant;

import dev.gatun.tensor.AttentionBatch;
import dev.gatun.tensor.AttentionCheck;
import dev.gatun.tensor.AttentionParams;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.HostBlocks;
import dev.gatun.tensor.KvLayer;
import dev.gatun.tensor.Tensor;
import java.util.List;

/** The ops on the KV cache. Engine thread, its context current. */
final class CudaCacheOps {
  private static final int HEADS_PER_BLOCK = 4;
  private static final int BLOCK = 128;

  private final CudaDevice device;
  private final Activations activations;
  private final Batches batches;
  private final KvSwaps swaps;
  private final CudaKernel[] storeKv;
  private final CudaKernel[] ropeStoreKv;
  private final AttentionKernels attention;

  CudaCacheOps(
      CudaDevice device,
      Activations activations,
      Batches batches,
      CudaModule module,
      AttentionKernels attention,
      KvSwaps swaps) {
    this.device = device;
    this.activations = activations;
    this.batches = batches;
    this.swaps = swaps;
    this.attention = attention;
    storeKv = RowKernels.pair(module, "store_kv", KernelStruct.STORE_KV);
    ropeStoreKv = RowKernels.pair(module, "rope_store_kv", KernelStruct.ROPE_STORE_KV);
  }

  /** Shapes, types and slots have been checked. */
  void storeKv(KvLayer cache, Tensor k, Tensor v, long slots) {
    checkCache("storeKv", cache);
    swaps.join();
    storeKv[variant(k)]
        .put(cache.keys())
        .put(cache.values())
        .put(k)
        .put(v)
        .put(slots)
        .put(k.rowStride())
        .put(v.rowStride())
        .put(cache.keys().rowStride())
        .put(k.numRows())
        .put(cache.numKvHeads())
        .put(cache.headDim())
        .put(cache.blockSize())
        .put(Types.of(cache.keys()))
        .put(0)
        .launch(k.numRows(), Math.ceilDiv(2 * cache.numKvHeads(), HEADS_PER_BLOCK), 1, BLOCK, 0);
  }

  /** Shapes, types, positions and slots have been checked; k and v lie behind q in each row. */
  void ropeStoreKv(KvLayer cache, Tensor q, Tensor cosSin, long positions, long slots) {
    checkCache("ropeStoreKv", cache);
    swaps.join();
    int numHeads = q.rowLength() / cache.headDim();
    int numStored = 2 * cache.numKvHeads();
    ropeStoreKv[variant(q)]
        .put(cache.keys())
        .put(cache.values())
        .put(q)
        .put(cosSin)
        .put(positions)
        .put(slots)
        .put(q.rowStride())
        .put(cache.keys().rowStride())
        .put(q.numRows())
        .put(numHeads)
        .put(cache.numKvHeads())
        .put(cache.headDim())
        .put(cosSin.rowLength())
        .put(cache.blockSize())
        .put(Types.of(cache.keys()))
        .put(0)
        .launch(q.numRows(), Math.ceilDiv(numHeads + numStored, HEADS_PER_BLOCK), 1, BLOCK, 0);
  }

  private static void checkCache(String op, KvLayer cache) {
    DType dtype = cache.keys().dtype();
    if (!KvLayer.isCacheType(dtype) || cache.keys().rowStride() != cache.values().rowStride()) {
      throw new IllegalArgumentException(
          op
              + ": cache "
              + cache.keys()
              + " is not F32, F16, BF16, F8_E4M3 or I8 with equal strides");
    }
    if (cache.headDim() > AttentionKernels.MAX_HEAD_DIM) {
      throw new IllegalArgumentException(
          "%s: heads of %d elements, kernels take %d"
              .formatted(op, cache.headDim(), AttentionKernels.MAX_HEAD_DIM));
    }
  }

  void pagedAttention(
      Tensor out, Tensor q, KvLayer cache, AttentionBatch batch, AttentionParams params) {
    AttentionCheck.checkHeads(cache, params);
    long columns = (long) params.numHeads() * cache.headDim();
    activations.checkShape("pagedAttention q", q, batch.numTokens(), columns);
    activations.check("pagedAttention out", out, q, batch.numTokens(), columns);
    checkCache("pagedAttention", cache);
    if (batch.numTokens() > 0) {
      DeviceBatch uploaded = batches.uploaded(batch);
      batches.checkBlocks(uploaded, cache, params.window());
      swaps.join();
      attention.launch(out, q, cache, uploaded, params, batches);
    }
  }

  /** Block by block: copies are rare, and the copy engine does them beside nothing else. */
  void copyBlocks(List<KvLayer> layers, int[] sources, int[] destinations, int count) {
    HostBlocks.checkCopies(layers, sources, destinations, count);
    swaps.join();
    for (KvLayer layer : layers) {
      for (int i = 0; i < count; i++) {
        copyBlock(layer.keys(), sources[i], destinations[i]);
        copyBlock(layer.values(), sources[i], destinations[i]);
      }
    }
  }

  private void copyBlock(Tensor side, int source, int destination) {
    long bytes = (long) side.rowLength() * side.dtype().bytes();
    long start = side.data().address();
    device
        .driver()
        .memcpyDtoD(start + destination * bytes, start + source * bytes, bytes, device.stream());
  }

  void swapBlock(KvLayer from, int source, KvLayer to, int destination) {
    HostBlocks.checkSwap(from, source, to, destination);
    swaps.copy(from.keys(), source, to.keys(), destination);
    swaps.copy(from.values(), source, to.values(), destination);
  }
}
