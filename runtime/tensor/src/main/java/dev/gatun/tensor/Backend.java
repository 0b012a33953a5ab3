package dev.gatun.tensor;

/**
 * A place where tensors live and ops run. Created at start, used by one thread at a time, closed at
 * the end; closing frees everything it allocated.
 */
public interface Backend extends AutoCloseable {

  /** {@code reference}, {@code cpu} or {@code cuda}. */
  String name();

  MemoryFacts memoryFacts();

  /** What its GPUs say about themselves. Usable from any thread until the backend is closed. */
  default GpuTelemetry gpuTelemetry() {
    return GpuTelemetry.NONE;
  }

  /** Whether its memory is this machine's own, shared with everything else that runs here. */
  default boolean usesHostMemory() {
    return true;
  }

  /**
   * Whether the op runs on weights of this format ({@link Op#LINEAR}, {@link Op#EMBED}) or, for
   * other ops, at all. Asked while a decoder is built, so that an unsupported model fails at load.
   */
  boolean supports(Op op, WeightFormat format);

  /** Type of activations between ops. */
  DType activationType();

  /**
   * Zeroed memory owned by this backend, aligned to 64 bytes.
   *
   * @param purpose names the tensor in the message when memory does not suffice
   * @throws BackendException if it cannot be had
   */
  Tensor allocate(DType dtype, Shape shape, String purpose);

  /**
   * As {@link #allocate}, but host memory wherever the device's is: for {@link Ops#swapBlock}. A
   * device that copies faster from memory of its own making should override this.
   */
  default Tensor allocateHost(DType dtype, Shape shape, String purpose) {
    return usesHostMemory() ? allocate(dtype, shape, purpose) : Tensor.onHost(dtype, shape);
  }

  /** Makes a mapped weight readable by ops: itself on a host backend, a copy on a device. */
  Tensor place(Tensor mapped);

  /** Makes a linear layer usable by {@link Ops#linear}, in place where the layout allows. */
  LinearWeight placeLinear(LinearSource source);

  /**
   * Whether linear layers of the format are read where they are mapped. If not, the mapped weights
   * are not read again once they are placed.
   */
  default boolean readsInPlace(WeightFormat format) {
    return true;
  }

  /** Bytes that {@link #placeLinear} would allocate beyond the mapped file; for the memory plan. */
  long placementBytes(LinearSource source);

  AttentionBatch newBatch(BatchLimits limits);

  /** Makes a refilled batch visible to ops issued after this call. */
  void upload(AttentionBatch batch);

  Ops ops();

  /**
   * Waits for issued work and copies one row out.
   *
   * @param out at least {@link Tensor#rowLength()} long
   */
  void readFloats(Tensor tensor, int row, float[] out);

  @Override
  void close();
}
