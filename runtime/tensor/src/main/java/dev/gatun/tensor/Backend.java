package dev.gatun.tensor;

import java.util.List;
import java.util.Optional;

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

  /**
   * To what it rounds inputs of layers that were made for it. What these layers compute, and with
   * it the KV cache, differs from that of a backend which does not.
   */
  default List<InputRounding> inputRoundings() {
    return List.of();
  }

  /** Whether keys and values may be kept in the type; asked before a cache of it is planned. */
  default boolean supportsKvCache(DType dtype) {
    return dtype.isFloat() || dtype == DType.I8;
  }

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
   * Claims memory in one piece for what is going to be allocated and placed, so that a plan which
   * fits cannot fail half-way. What goes beyond is claimed as it is asked for.
   *
   * @throws BackendException if it cannot be had
   */
  default void reserve(long bytes) {}

  /** Memory that the backend took for itself when it was opened; for the memory plan. */
  default long ownBytes() {
    return 0;
  }

  /**
   * As {@link #allocate}, but host memory wherever the device's is: for {@link Ops#swapBlock}. A
   * device that copies faster from memory of its own making should override this.
   */
  default Tensor allocateHost(DType dtype, Shape shape, String purpose) {
    return usesHostMemory() ? allocate(dtype, shape, purpose) : Tensor.onHost(dtype, shape);
  }

  /**
   * Makes a mapped tensor readable by ops: itself on a host backend, a copy on a device. Integers
   * (I32) stay readable on the host too, where ops check them.
   */
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

  /** Every layer has been placed: what was packed may be kept for the next start. */
  default void weightsPlaced() {}

  /** Bytes that {@link #placeLinear} would allocate beyond the mapped file; for the memory plan. */
  long placementBytes(LinearSource source);

  AttentionBatch newBatch(BatchLimits limits);

  /**
   * Makes a refilled batch visible to ops issued after this call; of batches with the same limits
   * they use the one uploaded last, and it is not refilled before {@link #readRows} or {@link
   * TokenSampler#run} has waited for them. A backend may fill up a batch of decodes, see {@link
   * AttentionBatch#pad}.
   */
  void upload(AttentionBatch batch);

  /**
   * Issues the ops of a step, over the batch uploaded last. For batches with as many tokens and
   * logit rows they are the same ops on the same tensors: so a device may record them once and
   * repeat the record instead of calling {@code ops}.
   */
  default void issue(AttentionBatch batch, Runnable ops) {
    ops.run();
  }

  Ops ops();

  /**
   * Waits for issued work and copies one row out.
   *
   * @param out at least {@link Tensor#rowLength()} long
   */
  void readFloats(Tensor tensor, int row, float[] out);

  /**
   * Waits for issued work and makes the first rows readable on the host: themselves on a host
   * backend, one copy of all on a device.
   *
   * @param numRows rows wanted; with 0 this only waits
   * @return a tensor of host memory, valid until the next call
   */
  default Tensor readRows(Tensor tensor, int numRows) {
    return tensor.rows(0, numRows);
  }

  /**
   * A sampler for logits that this backend's ops compute; owned by the backend. Empty where logits
   * are as quickly read on the host, or the vocabulary is larger than it can take.
   *
   * @throws BackendException if its memory cannot be had
   */
  default Optional<TokenSampler> newSampler(SampleLimits limits) {
    return Optional.empty();
  }

  /** Device memory that {@link #newSampler} claims; for the memory plan. */
  default long samplerBytes(SampleLimits limits) {
    return 0;
  }

  @Override
  void close();
}
