package dev.gatun.cuda;

import dev.gatun.tensor.AttentionBatch;
import dev.gatun.tensor.Backend;
import dev.gatun.tensor.BackendException;
import dev.gatun.tensor.BackendOptions;
import dev.gatun.tensor.BatchLimits;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.GpuTelemetry;
import dev.gatun.tensor.InputRounding;
import dev.gatun.tensor.KvLayer;
import dev.gatun.tensor.LinearSource;
import dev.gatun.tensor.LinearWeight;
import dev.gatun.tensor.MemoryFacts;
import dev.gatun.tensor.Op;
import dev.gatun.tensor.Ops;
import dev.gatun.tensor.PlainBlock;
import dev.gatun.tensor.Require;
import dev.gatun.tensor.SampleLimits;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.TokenSampler;
import dev.gatun.tensor.WeightFormat;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Kernels on one NVIDIA GPU. Ops are queued on one stream and run in order; what the host reads it
 * waits for. Weights are copied to the device when they are placed. Used by one thread at a time,
 * not always the same.
 */
final class CudaBackend implements Backend {
  private static final long ATTENTION_WORKSPACE_BYTES = 32L << 20;
  private static final long LINEAR_WORKSPACE_BYTES = 32L << 20;
  private static final long GATHER_BYTES = 16L << 20;
  private static final long UPLOAD_BUFFER_BYTES = 8L << 20;

  /** What {@link #allocate} promises, whatever gives the memory. */
  private static final long TENSOR_ALIGNMENT = 64;

  private final CudaDevice device;
  private final DeviceMemory memory;
  private final PinnedMemory pinned;
  private final CudaModule module;
  private final Batches batches;
  private final KvSwaps swaps;
  private final StepGraphs graphs;
  private final Uploader uploader;
  private final WeightPlacer placer;
  private final CudaLinear linear;
  private final CudaOps ops;
  private final DType activationType;
  private final boolean isEager;
  private final GpuTelemetry telemetry;

  /** Tensors of mapped files by their address there, so that a tied head is not copied twice. */
  private final Map<Long, Tensor> placed = new HashMap<>();

  private MemorySegment staging = MemorySegment.NULL;
  private boolean isClosed;

  /**
   * Takes over an open device.
   *
   * @param image the kernels
   * @param memories gives the memory that tensors are made of
   * @param allowsFp8Units whether 8-bit floats are multiplied as such where the device can
   */
  CudaBackend(
      CudaDevice device,
      byte[] image,
      BackendOptions options,
      GpuTelemetry telemetry,
      Function<CudaDevice, DeviceMemory> memories,
      boolean allowsFp8Units) {
    this.device = device;
    this.telemetry = telemetry;
    activationType = options.dtype().orElse(DType.BF16);
    isEager = options.isEager();
    memory = memories.apply(device);
    pinned = new PinnedMemory(device.driver());
    module = CudaModule.load(device.driver(), image, device.stream());
    batches = new Batches(device, memory, pinned);
    swaps = new KvSwaps(device, pinned);
    graphs = new StepGraphs(device, batches, swaps);
    uploader = new Uploader(device, pinned, UPLOAD_BUFFER_BYTES);
    placer = new WeightPlacer(memory, uploader);
    linear = createLinear(allowsFp8Units);
    ops = createOps();
  }

  private CudaLinear createLinear(boolean allowsFp8Units) {
    return new CudaLinear(
        module,
        device.numMultiprocessors(),
        allowsFp8Units,
        memory.take(LINEAR_WORKSPACE_BYTES, "workspace of linear layers"),
        memory.take(GATHER_BYTES, "gathered inputs"));
  }

  private CudaOps createOps() {
    Activations activations = new Activations(activationType);
    AttentionKernels attention =
        new AttentionKernels(
            device, module, memory.take(ATTENTION_WORKSPACE_BYTES, "attention workspace"));
    CudaCacheOps cacheOps =
        new CudaCacheOps(device, activations, batches, module, attention, swaps);
    return new CudaOps(device, activations, batches, new RowKernels(module), linear, cacheOps);
  }

  CudaDevice device() {
    return device;
  }

  StepGraphs graphs() {
    return graphs;
  }

  /** Kernels that ops launch. */
  int numKernels() {
    return module.numKernels();
  }

  @Override
  public String name() {
    return CudaProvider.NAME;
  }

  @Override
  public MemoryFacts memoryFacts() {
    device.makeCurrent();
    return device.memoryFacts();
  }

  @Override
  public boolean usesHostMemory() {
    return false;
  }

  @Override
  public boolean supports(Op op, WeightFormat format) {
    return op == Op.LINEAR || format.isPlain();
  }

  /** Activations in float32 stay as they are. */
  @Override
  public List<InputRounding> inputRoundings() {
    return activationType == DType.BF16 ? linear.inputRoundings() : List.of();
  }

  @Override
  public boolean supportsKvCache(DType dtype) {
    return KvLayer.isCacheType(dtype);
  }

  @Override
  public boolean readsInPlace(WeightFormat format) {
    return false;
  }

  @Override
  public DType activationType() {
    return activationType;
  }

  @Override
  public void reserve(long bytes) {
    device.makeCurrent();
    memory.reserve(bytes);
  }

  @Override
  public long ownBytes() {
    return ATTENTION_WORKSPACE_BYTES + LINEAR_WORKSPACE_BYTES + GATHER_BYTES;
  }

  @Override
  public Tensor allocate(DType dtype, Shape shape, String purpose) {
    device.makeCurrent();
    long bytes = bytesOf(dtype, shape, purpose);
    long aligned = Math.ceilDiv(bytes, TENSOR_ALIGNMENT) * TENSOR_ALIGNMENT;
    MemorySegment segment = memory.take(aligned, purpose).asSlice(0, bytes);
    if (bytes > 0) {
      device
          .driver()
          .call(CudaDriver.cuMemsetD8Async, segment.address(), (byte) 0, bytes, device.stream());
    }
    return Tensor.of(dtype, shape, segment);
  }

  private static long bytesOf(DType dtype, Shape shape, String purpose) {
    try {
      return Math.multiplyExact(shape.numElements(), (long) dtype.bytes());
    } catch (ArithmeticException e) {
      throw new BackendException(purpose + ": " + dtype + shape + " is beyond any memory", e);
    }
  }

  @Override
  public Tensor allocateHost(DType dtype, Shape shape, String purpose) {
    device.makeCurrent();
    return Tensor.of(dtype, shape, pinned.take(bytesOf(dtype, shape, purpose), purpose));
  }

  @Override
  public Tensor place(Tensor mapped) {
    device.makeCurrent();
    if (!mapped.isContiguous()) {
      throw new IllegalArgumentException("place of " + mapped + ", which has gaps between rows");
    }
    if (mapped.dtype() == DType.I32) {
      MemorySegment segment = pinned.take(mapped.data().byteSize(), "indices");
      segment.copyFrom(mapped.data());
      return Tensor.of(mapped.dtype(), mapped.shape(), segment);
    }
    MemorySegment segment = memory.take(mapped.data().byteSize(), "weights");
    uploader.copy(mapped.data(), segment.address());
    Tensor tensor = Tensor.of(mapped.dtype(), mapped.shape(), segment);
    if (mapped.data().isMapped()) {
      placed.put(mapped.data().address(), tensor);
    }
    return tensor;
  }

  @Override
  public LinearWeight placeLinear(LinearSource source) {
    device.makeCurrent();
    Tensor copied = copied(source);
    return copied == null ? placer.place(source) : WeightPlacer.placed(source, copied);
  }

  /** The copy of a layer that is one tensor placed before, for example as embedding. */
  private @Nullable Tensor copied(LinearSource source) {
    boolean isSingle = source.blocks().size() == 1 && source.biases().isEmpty();
    if (isSingle && source.blocks().get(0) instanceof PlainBlock(Tensor weight)) {
      boolean isDense =
          WeightPlacer.stride(weight.dtype(), weight.rowLength()) == weight.rowLength();
      Tensor copy = placed.get(weight.data().address());
      return copy != null && isDense && copy.shape().equals(weight.shape()) ? copy : null;
    }
    return null;
  }

  @Override
  public long placementBytes(LinearSource source) {
    return WeightPlacer.bytes(source);
  }

  @Override
  public AttentionBatch newBatch(BatchLimits limits) {
    device.makeCurrent();
    return batches.create(limits);
  }

  @Override
  public void upload(AttentionBatch batch) {
    device.makeCurrent();
    if (!isEager && batch.isDecode()) {
      BatchLimits limits = batch.limits();
      int most = Math.min(limits.maxTokens(), limits.maxLogitRows());
      batch.pad(Math.min(StepGraphs.bucket(batch.numTokens()), most));
    }
    batches.upload(batch);
  }

  @Override
  public void issue(AttentionBatch batch, Runnable stepOps) {
    device.makeCurrent();
    if (isEager || !batch.isDecode()) {
      stepOps.run();
    } else {
      graphs.run(batches.uploaded(batch), stepOps);
    }
  }

  @Override
  public Ops ops() {
    return ops;
  }

  @Override
  public Optional<TokenSampler> newSampler(SampleLimits limits) {
    if (limits.vocabSize() > CudaSampler.MAX_VOCABULARY) {
      return Optional.empty();
    }
    device.makeCurrent();
    // For rows that are left to the host, so that a running engine claims nothing.
    staging((long) limits.vocabSize() * Float.BYTES);
    return Optional.of(
        new CudaSampler(device, memory, pinned, module, limits, () -> read(0, MemorySegment.NULL)));
  }

  @Override
  public long samplerBytes(SampleLimits limits) {
    return limits.vocabSize() > CudaSampler.MAX_VOCABULARY ? 0 : CudaSampler.bytes(limits);
  }

  @Override
  public Tensor readRows(Tensor tensor, int numRows) {
    device.makeCurrent();
    if (!tensor.isContiguous() || numRows > tensor.numRows()) {
      throw new IllegalArgumentException("readRows: " + numRows + " rows of " + tensor);
    }
    long rowBytes = (long) tensor.rowLength() * tensor.dtype().bytes();
    // Room for all rows at once: a running engine then claims nothing.
    MemorySegment rows = staging(tensor.numRows() * rowBytes).asSlice(0, numRows * rowBytes);
    read(tensor.data().address(), rows);
    return Tensor.of(tensor.dtype(), Shape.of(numRows, tensor.rowLength()), rows);
  }

  /** Copies behind all work and waits. */
  private void read(long from, MemorySegment to) {
    swaps.join();
    if (to.byteSize() > 0) {
      device.driver().memcpyDtoH(to, from, to.byteSize(), device.stream());
    }
    device.synchronize();
  }

  private MemorySegment staging(long bytes) {
    if (staging.byteSize() < bytes) {
      staging = pinned.take(bytes, "read-back of logits");
    }
    return staging;
  }

  @Override
  public void readFloats(Tensor tensor, int row, float[] out) {
    Require.readableRow(tensor, row, out);
    device.makeCurrent();
    long rowBytes = (long) tensor.rowLength() * tensor.dtype().bytes();
    long offset = row * tensor.rowStride() * tensor.dtype().bytes();
    MemorySegment copy = staging(rowBytes).asSlice(0, rowBytes);
    if (pinned.holds(tensor.data())) {
      read(0, MemorySegment.NULL);
      MemorySegment.copy(tensor.data(), offset, copy, 0, rowBytes);
    } else {
      read(tensor.data().address() + offset, copy);
    }
    Tensor.of(tensor.dtype(), Shape.of(1, tensor.rowLength()), copy)
        .readFloats(0, 0, out, 0, tensor.rowLength());
  }

  @Override
  public GpuTelemetry gpuTelemetry() {
    return telemetry;
  }

  /** A lost device takes no further call; what it holds goes with the process. */
  @Override
  public void close() {
    if (isClosed || device.driver().isLost()) {
      isClosed = true;
      return;
    }
    device.makeCurrent();
    isClosed = true;
    device.synchronize();
    device.driver().synchronize(device.copyStream());
    graphs.close();
    swaps.close();
    uploader.close();
    module.close();
    memory.close();
    pinned.close();
    device.close();
  }
}
