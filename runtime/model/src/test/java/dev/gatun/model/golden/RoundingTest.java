package dev.gatun.model.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatun.model.spec.WeightRounding;
import dev.gatun.tensor.Backend;
import dev.gatun.tensor.BackendOptions;
import dev.gatun.tensor.reference.ReferenceBackend;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Perplexity of trained weights rounded while they are loaded, inputs in float32. */
final class RoundingTest {
  private static final long SEED = 1;

  @Test
  void roundingKeepsPerplexity() {
    Optional<Path> stories = TestModels.shared("stories260k");
    if (stories.isEmpty()) {
      System.out.println("RoundingTest skipped: no shared/models/stories260k");
    }
    assumeTrue(stories.isPresent(), "shared/models/stories260k is absent");

    try (Backend backend = new ReferenceBackend(BackendOptions.defaults())) {
      Perplexity perplexity = new Perplexity(stories.get(), backend, SEED);

      assertThat(perplexity.ratio(WeightRounding.INT8)).isLessThan(1.005);
      assertThat(perplexity.ratio(WeightRounding.INT4)).isLessThan(1.03);
      assertThat(perplexity.ratio(WeightRounding.FP8)).isLessThan(1.01);
    }
  }
}
