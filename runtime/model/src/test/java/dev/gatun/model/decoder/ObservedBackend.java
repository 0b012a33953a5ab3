package dev.gatun.model.decoder;

import dev.gatun.tensor.AttentionBatch;
import dev.gatun.tensor.Backend;
import dev.gatun.tensor.BatchLimits;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.LinearSource;
import dev.gatun.tensor.LinearWeight;
import dev.gatun.tensor.MemoryFacts;
import dev.gatun.tensor.Op;
import dev.gatun.tensor.Ops;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.WeightFormat;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Another backend, watched: counts what is allocated and placed, and can deny support for ops and
 * formats. Claims 100 bytes of placement for every linear layer.
 */
final class ObservedBackend implements Backend {
  private final Backend backend;
  private Set<Op> deniedOps = Set.of();
  private Set<WeightFormat> deniedFormats = Set.of();
  private Set<WeightFormat> inPlaceFormats = Set.of(WeightFormat.values());
  private final Map<String, WeightFormat> placedFormats = new HashMap<>();
  private long allocatedBytes;
  private final List<Tensor> placed = new ArrayList<>();

  ObservedBackend(Backend backend) {
    this.backend = backend;
  }

  /** Denies the ops in all formats and, for ops on weights, the formats. */
  void deny(Set<Op> ops, Set<WeightFormat> formats) {
    deniedOps = ops;
    deniedFormats = formats;
  }

  /** Claims to read only these formats where they are mapped. */
  void readInPlace(Set<WeightFormat> formats) {
    inPlaceFormats = formats;
  }

  /** Format of a linear layer that was placed. */
  WeightFormat placedFormat(String name) {
    return Objects.requireNonNull(placedFormats.get(name), name);
  }

  long allocatedBytes() {
    return allocatedBytes;
  }

  List<Tensor> placed() {
    return placed;
  }

  @Override
  public String name() {
    return "observed";
  }

  @Override
  public MemoryFacts memoryFacts() {
    return backend.memoryFacts();
  }

  @Override
  public boolean supports(Op op, WeightFormat format) {
    boolean readsWeights = op == Op.LINEAR || op == Op.EMBED;
    return !deniedOps.contains(op) && !(readsWeights && deniedFormats.contains(format));
  }

  @Override
  public DType activationType() {
    return backend.activationType();
  }

  @Override
  public Tensor allocate(DType dtype, Shape shape, String purpose) {
    allocatedBytes += shape.numElements() * dtype.bytes();
    return backend.allocate(dtype, shape, purpose);
  }

  @Override
  public Tensor place(Tensor mapped) {
    placed.add(mapped);
    return backend.place(mapped);
  }

  @Override
  public LinearWeight placeLinear(LinearSource source) {
    placedFormats.put(source.name(), source.format());
    return backend.placeLinear(source);
  }

  @Override
  public boolean readsInPlace(WeightFormat format) {
    return inPlaceFormats.contains(format);
  }

  @Override
  public long placementBytes(LinearSource source) {
    return 100;
  }

  @Override
  public AttentionBatch newBatch(BatchLimits limits) {
    return backend.newBatch(limits);
  }

  @Override
  public void upload(AttentionBatch batch) {
    backend.upload(batch);
  }

  @Override
  public Ops ops() {
    return backend.ops();
  }

  @Override
  public void readFloats(Tensor tensor, int row, float[] out) {
    backend.readFloats(tensor, row, out);
  }

  @Override
  public void close() {
    backend.close();
  }
}
