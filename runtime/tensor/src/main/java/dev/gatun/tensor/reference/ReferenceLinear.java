package dev.gatun.tensor.reference;

import dev.gatun.tensor.LinearSource;
import dev.gatun.tensor.LinearWeight;
import dev.gatun.tensor.Require;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.WeightBlock;
import java.util.stream.IntStream;

/**
 * out = x weight^T + bias. All rows of x are widened once; then each weight row is widened once,
 * quantised ones too, and multiplied with every row of x. Issued by one thread, output features
 * split over workers.
 */
final class ReferenceLinear {
  private final Workers workers;
  private final FloatScratch xScratch = new FloatScratch();
  private final FloatScratch[] weightScratch;

  ReferenceLinear(Workers workers) {
    this.workers = workers;
    weightScratch =
        IntStream.range(0, workers.size())
            .mapToObj(_ -> new FloatScratch())
            .toArray(FloatScratch[]::new);
  }

  void linear(Tensor out, Tensor x, LinearWeight weight) {
    if (!(weight instanceof ReferenceLinearWeight placed)) {
      throw new IllegalArgumentException(
          "linear weight was placed by another backend: " + weight.getClass().getName());
    }
    int inFeatures = weight.inFeatures();
    Require.activation("linear x", x, x.numRows(), inFeatures);
    Require.activation("linear out", out, x.numRows(), weight.outFeatures());

    float[] input = xScratch.atLeast(Math.multiplyExact(x.numRows(), inFeatures));
    for (int row = 0; row < x.numRows(); row++) {
      x.readFloats(row, 0, input, row * inFeatures, inFeatures);
    }

    LinearSource source = placed.source();
    long workPerFeature = (long) x.numRows() * inFeatures;
    int grain = Workers.grain(workPerFeature);
    int firstColumn = 0;
    for (int b = 0; b < source.blocks().size(); b++) {
      WeightBlock block = source.blocks().get(b);
      Tensor part = out.columns(firstColumn, firstColumn + block.outFeatures());
      workers.forRange(
          block.outFeatures(),
          grain,
          (worker, from, to) -> multiply(part, input, block, worker, from, to));
      if (!source.biases().isEmpty()) {
        addBias(part, source.biases().get(b));
      }
      firstColumn += block.outFeatures();
    }
  }

  /** Output features {@code [from, to)} of one block for all rows of x. */
  private void multiply(
      Tensor out, float[] input, WeightBlock block, int worker, int from, int to) {
    int inFeatures = block.inFeatures();
    float[] weightRow = weightScratch[worker].atLeast(inFeatures);
    for (int feature = from; feature < to; feature++) {
      block.readRow(feature, weightRow);
      for (int row = 0; row < out.numRows(); row++) {
        float sum = Reduce.dot(weightRow, 0, input, row * inFeatures, inFeatures);
        out.setFloat(row, feature, sum);
      }
    }
  }

  private static void addBias(Tensor out, Tensor bias) {
    for (int feature = 0; feature < out.rowLength(); feature++) {
      float value = bias.getFloat(feature, 0);
      for (int row = 0; row < out.numRows(); row++) {
        out.setFloat(row, feature, out.getFloat(row, feature) + value);
      }
    }
  }
}
