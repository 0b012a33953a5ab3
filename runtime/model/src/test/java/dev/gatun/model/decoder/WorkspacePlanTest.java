package dev.gatun.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.model.decoder.WorkspacePlan.Buffer;
import dev.gatun.model.directory.ModelDirectory;
import dev.gatun.model.golden.TestModels;
import dev.gatun.model.spec.ModelSpec;
import dev.gatun.tensor.BatchLimits;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** tiny-mistral has a hidden size of 64, an intermediate size of 176 and a vocabulary of 512. */
final class WorkspacePlanTest {
  /** So many tokens that the MLP of a step is larger than its logits. */
  private static final BatchLimits LONG_STEP = new BatchLimits(64, 4, 5, 4);

  /** So many rows of logits that they are larger than a layer. */
  private static final BatchLimits MANY_ROWS = new BatchLimits(9, 9, 5, 9);

  private final ModelSpec spec = spec();

  private static ModelSpec spec() {
    try (ModelDirectory model = ModelDirectory.open(TestModels.path("tiny-mistral"))) {
      return model.spec();
    }
  }

  private long lastingElements(BatchLimits limits) {
    return 2L * spec.hiddenSize() * (limits.maxTokens() + limits.maxLogitRows());
  }

  @Test
  void takesTheLargestPartOfAStepOnce() {
    long mlp = 2L * LONG_STEP.maxTokens() * spec.mlp().intermediateSize();
    long logits = (long) MANY_ROWS.maxLogitRows() * spec.vocabSize();

    WorkspacePlan longStep = WorkspacePlan.of(spec, LONG_STEP, DType.F32);
    WorkspacePlan manyRows = WorkspacePlan.of(spec, MANY_ROWS, DType.F32);

    assertThat(longStep.bytes()).isEqualTo(4 * (lastingElements(LONG_STEP) + mlp));
    assertThat(longStep.sharedPurpose()).isEqualTo("gate and up");
    assertThat(manyRows.bytes()).isEqualTo(4 * (lastingElements(MANY_ROWS) + logits));
    assertThat(manyRows.sharedPurpose()).isEqualTo("logits");
  }

  @Test
  void halfTypesHalveAllButLogits() {
    long mlp = 2L * LONG_STEP.maxTokens() * spec.mlp().intermediateSize();
    long logits = (long) MANY_ROWS.maxLogitRows() * spec.vocabSize();

    assertThat(WorkspacePlan.of(spec, LONG_STEP, DType.BF16).bytes())
        .isEqualTo(2 * (lastingElements(LONG_STEP) + mlp));
    assertThat(WorkspacePlan.of(spec, MANY_ROWS, DType.BF16).bytes())
        .isEqualTo(2 * lastingElements(MANY_ROWS) + 4 * logits);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 64})
  void buffersOfAPartLieApartAndAligned(int numTokens) {
    WorkspacePlan plan = WorkspacePlan.of(spec, new BatchLimits(numTokens, 1, 1, 1), DType.BF16);
    Tensor shared = Tensor.onHost(DType.U8, Shape.of(plan.sharedBytes()));
    long start = shared.data().address();
    for (List<Buffer> part : List.of(plan.attention(), plan.mlp(), plan.head())) {
      long end = start;
      for (Tensor tensor : WorkspacePlan.place(part, shared)) {
        assertThat(tensor.data().address() % 64).isZero();
        assertThat(tensor.data().address()).isGreaterThanOrEqualTo(end);
        end = tensor.data().address() + tensor.data().byteSize();
      }
      assertThat(end).isLessThanOrEqualTo(start + plan.sharedBytes());
    }
  }
}
