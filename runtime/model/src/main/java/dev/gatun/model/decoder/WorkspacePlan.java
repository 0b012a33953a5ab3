package dev.gatun.model.decoder;

import dev.gatun.model.spec.ModelSpec;
import dev.gatun.tensor.BatchLimits;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.Tensor;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The activations of the largest step and which of them share memory. Attention, the MLP and the
 * head hand on nothing but the residual stream and the block input: what each computes on the way
 * is not read by the others, so the three take turns in the same bytes. The head comes last, so
 * logits stay until the next step begins.
 *
 * @param lasting the residual stream, the block input, and both of the logit rows
 * @param attention q, k and v in one; attention output
 * @param mlp gate and up in one; the gated activation takes the place of the gate
 * @param head logits
 */
record WorkspacePlan(
    List<Buffer> lasting, List<Buffer> attention, List<Buffer> mlp, List<Buffer> head) {

  /** As tensors are aligned that come from the backend itself. */
  private static final long ALIGNMENT = 64;

  /**
   * One activation.
   *
   * @param purpose names it in the message when memory does not suffice
   */
  record Buffer(String purpose, DType dtype, Shape shape) {
    long bytes() {
      return Math.multiplyExact(shape.numElements(), dtype.bytes());
    }
  }

  static WorkspacePlan of(ModelSpec spec, BatchLimits limits, DType activation) {
    long numTokens = limits.maxTokens();
    long numRows = limits.maxLogitRows();
    long hidden = spec.hiddenSize();
    long intermediate = spec.mlp().intermediateSize();
    long qSize = spec.attention().qSize();
    long qkvSize = qSize + 2L * spec.attention().kvSize();
    return new WorkspacePlan(
        List.of(
            new Buffer("residual stream", activation, Shape.of(numTokens, hidden)),
            new Buffer("block input", activation, Shape.of(numTokens, hidden)),
            new Buffer("residual of logit rows", activation, Shape.of(numRows, hidden)),
            new Buffer("hidden states of logit rows", activation, Shape.of(numRows, hidden))),
        List.of(
            new Buffer("q, k and v", activation, Shape.of(numTokens, qkvSize)),
            new Buffer("attention output", activation, Shape.of(numTokens, qSize))),
        List.of(new Buffer("gate and up", activation, Shape.of(numTokens, 2 * intermediate))),
        List.of(new Buffer("logits", DType.F32, Shape.of(numRows, spec.vocabSize()))));
  }

  /** What the parts that take turns need: as much as the largest of them. */
  long sharedBytes() {
    return alignedBytes(largestPart());
  }

  /** Names the shared memory in the message when it does not suffice. */
  String sharedPurpose() {
    return largestPart().stream().map(Buffer::purpose).collect(Collectors.joining(", "));
  }

  private List<Buffer> largestPart() {
    return Stream.of(attention, mlp, head)
        .max(Comparator.comparingLong(WorkspacePlan::alignedBytes))
        .orElseThrow();
  }

  long bytes() {
    return lasting.stream().mapToLong(Buffer::bytes).sum() + sharedBytes();
  }

  private static long alignedBytes(List<Buffer> part) {
    return part.stream().mapToLong(buffer -> align(buffer.bytes())).sum();
  }

  private static long align(long bytes) {
    return Math.ceilDiv(bytes, ALIGNMENT) * ALIGNMENT;
  }

  /** The buffers of one part, one behind the other from the start of the shared bytes. */
  static List<Tensor> place(List<Buffer> part, Tensor shared) {
    List<Tensor> tensors = new ArrayList<>();
    long offset = 0;
    for (Buffer buffer : part) {
      tensors.add(shared.within(offset, buffer.dtype(), buffer.shape()));
      offset += align(buffer.bytes());
    }
    return List.copyOf(tensors);
  }
}
