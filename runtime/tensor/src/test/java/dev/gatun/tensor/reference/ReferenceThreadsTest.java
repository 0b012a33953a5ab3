package dev.gatun.tensor.reference;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.tensor.AttentionBatch;
import dev.gatun.tensor.AttentionParams;
import dev.gatun.tensor.BackendOptions;
import dev.gatun.tensor.BatchLimits;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.KvLayer;
import dev.gatun.tensor.LinearSource;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.Tensor;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The number of threads changes nothing but the time it takes. */
final class ReferenceThreadsTest {
  private static final long SEED = 7;

  @Test
  void linearDoesNotDependOnThreads() {
    float[] one = linear(1);

    assertThat(linear(2)).containsExactly(one);
    assertThat(linear(5)).containsExactly(one);
  }

  private static float[] linear(int numThreads) {
    Random random = new Random(SEED);
    try (ReferenceBackend backend = new ReferenceBackend(new BackendOptions(numThreads))) {
      Tensor weight = filled(backend, random, 301, 512);
      Tensor x = filled(backend, random, 9, 512);
      Tensor out = backend.allocate(DType.F32, Shape.of(9, 301), "out");
      LinearSource source = LinearSource.plain("weight", List.of(weight), List.of());
      backend.ops().linear(out, x, backend.placeLinear(source));
      return elements(out);
    }
  }

  @Test
  void attentionDoesNotDependOnThreads() {
    float[] one = attention(1);

    assertThat(attention(2)).containsExactly(one);
    assertThat(attention(5)).containsExactly(one);
  }

  /** Six sequences of 100 tokens over four KV heads. */
  private static float[] attention(int numThreads) {
    Random random = new Random(SEED);
    try (ReferenceBackend backend = new ReferenceBackend(new BackendOptions(numThreads))) {
      Shape blocks = Shape.of(7, 100, 4, 16);
      KvLayer cache =
          new KvLayer(
              filled(backend, random, 7, 100 * 4 * 16).reshape(blocks),
              filled(backend, random, 7, 100 * 4 * 16).reshape(blocks));
      AttentionBatch batch = backend.newBatch(new BatchLimits(600, 6, 1, 1));
      batch.clear();
      for (int block = 1; block <= 6; block++) {
        batch.beginSequence(100);
        batch.addBlock(block);
        for (int position = 0; position < 100; position++) {
          batch.addToken(0, position, block * 100 + position);
        }
      }
      backend.upload(batch);
      Tensor q = filled(backend, random, 600, 8 * 16);
      backend.ops().pagedAttention(q, q, cache, batch, AttentionParams.causal(8, 0.5f));
      return elements(q);
    }
  }

  private static Tensor filled(ReferenceBackend backend, Random random, int rows, int columns) {
    Tensor tensor = backend.allocate(DType.F32, Shape.of(rows, columns), "input");
    for (int row = 0; row < rows; row++) {
      for (int i = 0; i < columns; i++) {
        tensor.setFloat(row, i, random.nextFloat() - 0.5f);
      }
    }
    return tensor;
  }

  private static float[] elements(Tensor tensor) {
    float[] elements = new float[tensor.numRows() * tensor.rowLength()];
    for (int row = 0; row < tensor.numRows(); row++) {
      tensor.readFloats(row, 0, elements, row * tensor.rowLength(), tensor.rowLength());
    }
    return elements;
  }
}
