package dev.gatun.cpu;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.LinearSource;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.WeightBlock;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Weights of a format that has no kernel here, written out as BF16: twice the bytes of 8-bit
 * floats, and an error of 2^-9 of each weight beside the 2^-4 that the format has left of it.
 */
final class WidenedWeights {
  private WidenedWeights() {}

  /**
   * The layer with its blocks as BF16, rows on all processors.
   *
   * @param allocate gives a BF16 tensor of the shape
   */
  static LinearSource of(LinearSource source, Function<Shape, Tensor> allocate) {
    List<Tensor> widened = new ArrayList<>();
    for (WeightBlock block : source.blocks()) {
      int columns = block.inFeatures();
      Tensor to = allocate.apply(Shape.of(block.outFeatures(), columns));
      IntStream.range(0, block.outFeatures())
          .parallel()
          .forEach(
              feature -> {
                float[] row = new float[columns];
                block.readRow(feature, row);
                to.writeFloats(feature, 0, row, 0, columns);
              });
      widened.add(to);
    }
    return LinearSource.plain(source.name(), widened, source.biases());
  }

  /** Bytes of the copies. */
  static long bytes(LinearSource source) {
    return (long) source.outFeatures() * source.inFeatures() * DType.BF16.bytes();
  }
}
