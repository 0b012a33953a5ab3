package dev.gatun.engine.runner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatun.engine.api.EngineLimits;
import dev.gatun.engine.sched.SchedulerConfig;
import dev.gatun.model.directory.ModelDirectory;
import dev.gatun.model.golden.TestModels;
import dev.gatun.tensor.Backend;
import dev.gatun.tensor.BackendOptions;
import dev.gatun.tensor.BatchLimits;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.reference.ReferenceBackend;
import org.junit.jupiter.api.Test;

final class DecoderRunnerTest {

  private static SchedulerConfig config(int maxNumSeqs, int budget, int vocabSize) {
    EngineLimits limits = new EngineLimits(33, maxNumSeqs, budget, 16, 10, 8, vocabSize, 5);
    return new SchedulerConfig(limits, 0, 7, new int[0]);
  }

  @Test
  void batchHoldsTheLargestPlan() {
    assertThat(DecoderRunner.batchLimits(config(4, 100, 50)))
        .isEqualTo(new BatchLimits(100, 4, 3, 11));
  }

  @Test
  void batchIsNoLargerThanItsTokens() {
    assertThat(DecoderRunner.batchLimits(config(4, 3, 50))).isEqualTo(new BatchLimits(3, 3, 3, 3));
  }

  @Test
  void refusesAnotherVocabularyThanTheModels() {
    try (ModelDirectory model = ModelDirectory.open(TestModels.path("tiny-llama3"));
        Backend backend = new ReferenceBackend(BackendOptions.defaults())) {
      assertThatThrownBy(
              () ->
                  DecoderRunner.create(
                      model.spec(), model.weights(), backend, config(4, 100, 50), DType.F32))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll("50", "512");
    }
  }

  @Test
  void awaitNeedsALaunch() {
    try (ModelDirectory model = ModelDirectory.open(TestModels.path("tiny-llama3"));
        DecoderRunner runner =
            DecoderRunner.create(
                model.spec(),
                model.weights(),
                new ReferenceBackend(BackendOptions.defaults()),
                config(4, 100, 512),
                DType.F32)) {
      assertThatThrownBy(runner::await).isInstanceOf(IllegalStateException.class);
    }
  }
}
