package dev.gatun.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.tensor.AttentionBatch;
import dev.gatun.tensor.AttentionParams;
import dev.gatun.tensor.Backend;
import dev.gatun.tensor.BatchLimits;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.KvLayer;
import dev.gatun.tensor.LinearSource;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.Tensor;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The number of threads changes nothing but the time it takes. */
final class CpuThreadsTest {
  private static final long SEED = 7;

  @ParameterizedTest
  @EnumSource(CpuIsa.class)
  void linearDoesNotDependOnThreads(CpuIsa isa) {
    sameOnAnyNumberOfThreads(isa, CpuThreadsTest::linear);
  }

  @ParameterizedTest
  @EnumSource(CpuIsa.class)
  void attentionDoesNotDependOnThreads(CpuIsa isa) {
    sameOnAnyNumberOfThreads(isa, CpuThreadsTest::attention);
  }

  @ParameterizedTest
  @EnumSource(CpuIsa.class)
  void attentionOfOneLongContextDoesNotDependOnThreads(CpuIsa isa) {
    sameOnAnyNumberOfThreads(isa, CpuThreadsTest::decode);
  }

  private static void sameOnAnyNumberOfThreads(CpuIsa isa, Function<Backend, float[]> op) {
    Libraries.assumeRuns(isa);
    float[] one = run(isa, 1, op);
    for (int numThreads : new int[] {2, 3, 7}) {
      assertThat(run(isa, numThreads, op)).as("%d threads", numThreads).containsExactly(one);
    }
  }

  private static float[] run(CpuIsa isa, int numThreads, Function<Backend, float[]> op) {
    try (Backend backend = Libraries.open(isa, numThreads)) {
      return op.apply(backend);
    }
  }

  private static float[] linear(Backend backend) {
    Random random = new Random(SEED);
    Tensor weight = filled(backend, random, 301, 4500);
    Tensor x = filled(backend, random, 9, 4500);
    Tensor out = backend.allocate(DType.F32, Shape.of(9, 301), "out");
    LinearSource source = LinearSource.plain("weight", List.of(weight), List.of());
    backend.ops().linear(out, x, backend.placeLinear(source));
    return elements(out);
  }

  /** Six sequences of 100 tokens over four KV heads. */
  private static float[] attention(Backend backend) {
    Random random = new Random(SEED);
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

  /** The last token of 2900, over two KV heads. */
  private static float[] decode(Backend backend) {
    Random random = new Random(SEED);
    Shape blocks = Shape.of(30, 100, 2, 16);
    KvLayer cache =
        new KvLayer(
            filled(backend, random, 30, 100 * 2 * 16).reshape(blocks),
            filled(backend, random, 30, 100 * 2 * 16).reshape(blocks));
    AttentionBatch batch = backend.newBatch(new BatchLimits(1, 1, 29, 1));
    batch.clear();
    batch.beginSequence(2900);
    for (int block = 29; block >= 1; block--) {
      batch.addBlock(block);
    }
    batch.addToken(0, 2899, 199);
    backend.upload(batch);
    Tensor q = filled(backend, random, 1, 6 * 16);
    backend.ops().pagedAttention(q, q, cache, batch, AttentionParams.causal(6, 0.5f));
    return elements(q);
  }

  private static Tensor filled(Backend backend, Random random, int rows, int columns) {
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
