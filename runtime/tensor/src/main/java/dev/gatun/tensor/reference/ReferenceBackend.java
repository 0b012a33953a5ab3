package dev.gatun.tensor.reference;

import dev.gatun.tensor.AttentionBatch;
import dev.gatun.tensor.Backend;
import dev.gatun.tensor.BackendOptions;
import dev.gatun.tensor.BatchLimits;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.HostArena;
import dev.gatun.tensor.HostMemory;
import dev.gatun.tensor.KvLayer;
import dev.gatun.tensor.LinearSource;
import dev.gatun.tensor.LinearWeight;
import dev.gatun.tensor.MemoryFacts;
import dev.gatun.tensor.Op;
import dev.gatun.tensor.Ops;
import dev.gatun.tensor.Require;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.WeightFormat;

/**
 * Plain float32 Java on the host. Weights are read where they are mapped, ops run when they are
 * called. Every format and op is supported; activations are F32.
 *
 * <p>Memory comes from one arena that {@link #close} frees. Beside it the backend keeps scratch on
 * the Java heap: the widened input of the largest linear call and, per thread, the widened keys and
 * values of one KV head of the longest context.
 */
public final class ReferenceBackend implements Backend {
  private final HostArena memory;
  private final Workers workers;
  private final ReferenceOps ops;
  private boolean isClosed;

  /** On this machine. */
  public ReferenceBackend(BackendOptions options) {
    this(options, HostMemory.ofMachine());
  }

  /** With memory figures from elsewhere, for tests. */
  ReferenceBackend(BackendOptions options, HostMemory hostMemory) {
    memory = new HostArena(hostMemory);
    int numThreads = options.numThreads();
    workers = new Workers(numThreads > 0 ? numThreads : Runtime.getRuntime().availableProcessors());
    ops = new ReferenceOps(workers);
  }

  @Override
  public String name() {
    return ReferenceProvider.NAME;
  }

  @Override
  public MemoryFacts memoryFacts() {
    return memory.facts();
  }

  @Override
  public boolean supports(Op op, WeightFormat format) {
    return true;
  }

  @Override
  public boolean supportsKvCache(DType dtype) {
    return KvLayer.isCacheType(dtype);
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
    return new ReferenceLinearWeight(source);
  }

  @Override
  public long placementBytes(LinearSource source) {
    return 0;
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

  @Override
  public void close() {
    if (!isClosed) {
      isClosed = true;
      workers.close();
      memory.close();
    }
  }
}
