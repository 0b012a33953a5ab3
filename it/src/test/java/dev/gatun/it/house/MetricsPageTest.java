package dev.gatun.it.house;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.server.metrics.MetricsPage;
import org.junit.jupiter.api.Test;

/** The page of metrics says what the table in the code says. */
class MetricsPageTest {

  @Test
  void thePageIsWhatTheCommandPrints() {
    assertThat(Repository.read(Repository.root().resolve("docs/metrics.md")))
        .as("docs/metrics.md; write it anew with: bin/gatun metrics > docs/metrics.md")
        .isEqualTo(MetricsPage.markdown());
  }
}
