package dev.gatun.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatun.model.golden.Perplexity;
import dev.gatun.model.golden.TestModels;
import dev.gatun.model.spec.WeightRounding;
import dev.gatun.tensor.Backend;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Perplexity of trained weights rounded while they are loaded, inputs rounded by the kernels. */
final class CpuRoundingTest {
  private static final long SEED = 1;

  @ParameterizedTest
  @EnumSource(CpuIsa.class)
  void roundingKeepsPerplexity(CpuIsa isa) {
    Libraries.assumeRuns(isa);
    Optional<Path> stories = TestModels.shared("stories260k");
    if (stories.isEmpty()) {
      System.out.println("CpuRoundingTest skipped: no shared/models/stories260k");
    }
    assumeTrue(stories.isPresent(), "shared/models/stories260k is absent");

    try (Backend backend = Libraries.open(isa, 2)) {
      Perplexity perplexity = new Perplexity(stories.get(), backend, SEED);

      assertThat(perplexity.ratio(WeightRounding.INT8)).isLessThan(1.005);
      assertThat(perplexity.ratio(WeightRounding.INT4)).isLessThan(1.03);
    }
  }
}
