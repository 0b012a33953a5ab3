package dev.gatun.cpu;

import dev.gatun.tensor.AttentionBatch;
import dev.gatun.tensor.Backend;
import dev.gatun.tensor.BackendOptions;
import dev.gatun.tensor.BatchLimits;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.HostArena;
import dev.gatun.tensor.HostMemory;
import dev.gatun.tensor.LinearSource;
import dev.gatun.tensor.LinearWeight;
import dev.gatun.tensor.MemoryFacts;
import dev.gatun.tensor.Op;
import dev.gatun.tensor.Ops;
import dev.gatun.tensor.Require;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.WeightFormat;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Native kernels on the host. Plain weights are read where they are mapped, integer weights are
 * packed when they are placed, 8-bit floats widened to BF16; activations are F32, ops run when they
 * are called, on a pool of native threads that this backend owns. Engine thread.
 */
final class CpuBackend implements Backend {
  private static final Logger log = LoggerFactory.getLogger(CpuBackend.class);

  private final CpuLibrary library;
  private final HostArena memory = new HostArena(HostMemory.ofMachine());
  private final MemorySegment pool;
  private final int numThreads;
  private final CpuOps ops;
  private final boolean roundsToBf16;
  private final @Nullable PackedWeightsStore store;
  private boolean hasWidened;
  private boolean isClosed;

  /**
   * Starts the threads: as many as asked for, or as many processors as the cgroup's quota gives.
   *
   * @throws dev.gatun.tensor.BackendException if a thread cannot be had
   */
  CpuBackend(CpuLibrary library, BackendOptions options) {
    this.library = library;
    numThreads =
        options.numThreads() > 0
            ? options.numThreads()
            : Runtime.getRuntime().availableProcessors();
    pool = library.createPool(numThreads);
    ops = new CpuOps(library, pool);
    roundsToBf16 = options.allowsBf16() && library.hasBf16Dot();
    store =
        options.packedWeights().map(place -> new PackedWeightsStore(place, library)).orElse(null);
  }

  int numThreads() {
    return numThreads;
  }

  /** Whether inputs meet BF16 weights rounded to BF16. */
  boolean roundsToBf16() {
    return roundsToBf16;
  }

  @Override
  public String name() {
    return CpuProvider.NAME;
  }

  @Override
  public MemoryFacts memoryFacts() {
    return memory.facts();
  }

  @Override
  public boolean supports(Op op, WeightFormat format) {
    return op == Op.LINEAR || format.isPlain();
  }

  @Override
  public boolean readsInPlace(WeightFormat format) {
    return format.isPlain();
  }

  @Override
  public DType activationType() {
    return DType.F32;
  }

  @Override
  public Tensor allocate(DType dtype, Shape shape, String purpose) {
    return memory.allocate(dtype, shape, purpose);
  }

  @Override
  public Tensor place(Tensor mapped) {
    return mapped;
  }

  @Override
  public LinearWeight placeLinear(LinearSource source) {
    if (source.format().isPlain()) {
      return placePlain(source, source.format());
    }
    if (source.format() == WeightFormat.FP8) {
      if (!hasWidened) {
        hasWidened = true;
        log.info("cpu backend format=FP8 held_as=BF16 reason=\"no kernel for 8-bit floats\"");
      }
      LinearSource widened =
          WidenedWeights.of(source, shape -> memory.allocate(DType.BF16, shape, source.name()));
      return placePlain(widened, source.format());
    }
    ops.claimLinearWorkspace(library.packedWorkspace(source.inFeatures()));
    return new CpuPackedWeight(source, library, pool, this::packed);
  }

  private MemorySegment packed(String name, long bytes, Consumer<MemorySegment> pack) {
    MemorySegment kept = store == null ? null : store.find(name, bytes);
    if (kept != null) {
      return kept;
    }
    MemorySegment packed = memory.allocate(DType.U8, Shape.of(bytes), name).data();
    pack.accept(packed);
    if (store != null) {
      store.keep(name, packed);
    }
    return packed;
  }

  @Override
  public void weightsPlaced() {
    if (store != null) {
      store.save();
    }
  }

  private CpuLinearWeight placePlain(LinearSource source, WeightFormat format) {
    boolean roundsInputs = roundsToBf16 && source.format().storage() == DType.BF16;
    if (roundsInputs) {
      ops.claimLinearWorkspace(library.bf16Workspace(source.inFeatures()));
    }
    return new CpuLinearWeight(source, format, roundsInputs);
  }

  @Override
  public long placementBytes(LinearSource source) {
    return switch (source.format()) {
      case F32, F16, BF16 -> CpuLinearWeight.placementBytes(source);
      case FP8 -> CpuLinearWeight.placementBytes(source) + WidenedWeights.bytes(source);
      case INT8, INT4 -> CpuPackedWeight.placementBytes(source, library);
    };
  }

  @Override
  public AttentionBatch newBatch(BatchLimits limits) {
    return new AttentionBatch(
        limits, length -> allocate(DType.I32, Shape.of(length), "attention batch"));
  }

  /** Nothing to do: ops read the batch where it was filled. */
  @Override
  public void upload(AttentionBatch batch) {}

  @Override
  public Ops ops() {
    return ops;
  }

  @Override
  public void readFloats(Tensor tensor, int row, float[] out) {
    Require.readableRow(tensor, row, out);
    tensor.readFloats(row, 0, out, 0, tensor.rowLength());
  }

  /** Memory before threads: a later op then fails on its tensors before it reaches the pool. */
  @Override
  public void close() {
    if (!isClosed) {
      isClosed = true;
      if (store != null) {
        store.close();
      }
      memory.close();
      library.destroyPool(pool);
    }
  }
}
