package dev.gatun.cuda;

import static dev.gatun.cuda.CudaOps.variant;

import dev.gatun.tensor.AttentionBatch;
import dev.gatun.tensor.AttentionParams;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.KvLayer;
import dev.gatun.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.EnumSet;
import java.util.Set;

/**
 * Chooses and launches the attention kernels. Whatever is chosen by the size of a batch gives the
 * same bits; what does not, tensor cores or plain loops, depends on types alone. Engine thread.
 */
final class AttentionKernels {
  static final int MAX_HEAD_DIM = 256;

  /** Blocks per multiprocessor below which a context is spread over several. */
  private static final int BLOCKS_WANTED = 2;

  /** More than blocks may have on some devices; the kernel for decodes serves these alone. */
  private static final int D256_SHARED_BYTES = 115200;

  /** Caches whose elements become BF16 exactly. */
  private static final Set<DType> TENSOR_CORE_CACHES =
      EnumSet.of(DType.BF16, DType.I8, DType.F8_E4M3);

  private static final int PLAIN_ROWS = 16;
  private static final int PLAIN_BLOCK = 128;

  private final CudaKernel[] plain;
  private final CudaKernel[] combine;
  private final Family[] tensorCores;
  private final int numMultiprocessors;
  private final MemorySegment workspace;

  /**
   * The tensor-core kernels for heads of up to so many elements.
   *
   * @param small for decodes
   * @param large for longer chunks
   */
  private record Family(int headDim, Form small, Form large) {}

  private record Form(CudaKernel kernel, int tileRows, int block, int sharedBytes) {
    static Form of(CudaModule module, String name, int tileRows, int block, int sharedBytes) {
      return new Form(
          module.kernel(name, KernelStruct.ATTENTION, sharedBytes), tileRows, block, sharedBytes);
    }
  }

  /**
   * Takes the kernels from the module.
   *
   * @param workspace memory for the sums of contexts that are spread
   */
  AttentionKernels(CudaDevice device, CudaModule module, MemorySegment workspace) {
    numMultiprocessors = device.numMultiprocessors();
    this.workspace = workspace;
    plain = RowKernels.pair(module, "attention_plain", KernelStruct.ATTENTION);
    combine = RowKernels.pair(module, "attention_combine", KernelStruct.ATTENTION);
    int most = device.maxSharedBytes();
    Form d64 = Form.of(module, "attention_d64_w1_bf16", 16, 32, 37888);
    Form d128 = Form.of(module, "attention_d128_w1_bf16", 16, 32, 74752);
    Form d256 = Form.of(module, "attention_d256_w1_bf16", 16, 32, 90624);
    tensorCores =
        new Family[] {
          new Family(64, d64, Form.of(module, "attention_d64_w4_bf16", 64, 128, 50176)),
          new Family(128, d128, Form.of(module, "attention_d128_w4_bf16", 64, 128, 99328)),
          new Family(
              256,
              d256,
              most < D256_SHARED_BYTES
                  ? d256
                  : Form.of(module, "attention_d256_w2_bf16", 32, 64, D256_SHARED_BYTES))
        };
  }

  /** Queues attention of a batch with at least one token; arguments have been checked. */
  void launch(
      Tensor out,
      Tensor q,
      KvLayer cache,
      DeviceBatch batch,
      AttentionParams params,
      Batches from) {
    DType cacheType = cache.keys().dtype();
    boolean isTensorCore = q.dtype() == DType.BF16 && TENSOR_CORE_CACHES.contains(cacheType);
    int group = params.numHeads() / cache.numKvHeads();
    int plainBytes = PLAIN_ROWS * cache.headDim() * Float.BYTES;
    Form plainForm = new Form(plain[variant(q)], PLAIN_ROWS, PLAIN_BLOCK, plainBytes);
    Family family =
        isTensorCore ? family(cache.headDim()) : new Family(cache.headDim(), plainForm, plainForm);
    TilePlan tiles = from.tiles(batch, group, family.small().tileRows(), family.large().tileRows());
    Call call = new Call(out, q, cache, batch, params);
    launch(call, new Tiles(family.small(), tiles.address(), tiles.numSmall()));
    launch(call, new Tiles(family.large(), tiles.largeAddress(), tiles.numLarge()));
  }

  /** What is computed. */
  private record Call(
      Tensor out, Tensor q, KvLayer cache, DeviceBatch batch, AttentionParams params) {
    int maxPartitions() {
      return Partitions.bucket(batch.maxContextLen());
    }
  }

  /**
   * Rows of a batch that one kernel computes.
   *
   * @param address of the first of {@code count} tiles
   */
  private record Tiles(Form form, long address, int count) {}

  private Family family(int headDim) {
    for (Family family : tensorCores) {
      if (headDim <= family.headDim()) {
        return family;
      }
    }
    throw new IllegalArgumentException("heads of " + headDim + " elements");
  }

  private void launch(Call call, Tiles tiles) {
    if (tiles.count() == 0) {
      return;
    }
    KvLayer cache = call.cache();
    int numSplits = numSplits(call, tiles.count());
    Form form = tiles.form();
    put(form.kernel(), call, tiles, numSplits)
        .launch(tiles.count(), cache.numKvHeads(), numSplits, form.block(), form.sharedBytes());
    if (numSplits > 1) {
      put(combine[variant(call.q())], call, tiles, numSplits)
          .launch(
              tiles.count(),
              cache.numKvHeads(),
              form.tileRows(),
              32 * Math.ceilDiv(cache.headDim(), 32),
              0);
    }
  }

  /** More than one where there are too few tiles to keep the device busy. */
  private int numSplits(Call call, int numTiles) {
    int blocks = numTiles * call.cache().numKvHeads();
    int wanted = Math.ceilDiv(BLOCKS_WANTED * numMultiprocessors, blocks);
    long bytes = partialRows(call) * (call.cache().headDim() + 2) * Float.BYTES;
    return bytes <= workspace.byteSize() ? Math.min(wanted, call.maxPartitions()) : 1;
  }

  /** Rows of sums in the workspace, if contexts are spread. */
  private static long partialRows(Call call) {
    return (long) call.q().numRows() * call.params().numHeads() * call.maxPartitions();
  }

  private CudaKernel put(CudaKernel kernel, Call call, Tiles tiles, int numSplits) {
    DeviceBatch from = call.batch();
    AttentionBatch batch = from.batch();
    KvLayer cache = call.cache();
    AttentionParams params = call.params();
    Tensor sinks = params.sinks();
    long sums = workspace.address();
    long stats = sums + partialRows(call) * cache.headDim() * Float.BYTES;
    return kernel
        .put(call.out())
        .put(call.q())
        .put(cache.keys())
        .put(cache.values())
        .put(from.address(batch.queryStart()))
        .put(from.address(batch.contextLens()))
        .put(from.address(batch.blockTables()))
        .put(tiles.address())
        .put(sinks == null ? 0L : sinks.data().address())
        .put(numSplits > 1 ? sums : 0L)
        .put(numSplits > 1 ? stats : 0L)
        .put(call.out().rowStride())
        .put(call.q().rowStride())
        .put(cache.keys().rowStride())
        .put(params.numHeads())
        .put(cache.numKvHeads())
        .put(cache.headDim())
        .put(cache.blockSize())
        .put(batch.limits().maxBlocksPerSequence())
        .put(params.window())
        .put(Types.of(cache.keys()))
        .put(sinks == null ? 0 : Types.of(sinks))
        .put(numSplits)
        .put(call.maxPartitions())
        .put(params.scale())
        .put(params.softCap());
  }
}
