package dev.gatun.it.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatun.it.Checkout;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Weights that one process packs and the next one maps. */
class PackedWeightsIT {
  private static final String PROMPT = "The harbour is";
  private static final int NUM_TOKENS = 24;

  @TempDir private Path directory;

  private ServerProcess serve() throws InterruptedException {
    return ServerProcess.serve(
        Checkout.demoModel(), "--quantization=int8", "--packed-weights-dir=" + directory);
  }

  private static String text(ServerProcess server) throws Exception {
    try (Clients clients = new Clients(server, Checkout.demoModel().getFileName().toString())) {
      return clients.completionText(PROMPT, NUM_TOKENS);
    }
  }

  @Test
  void theSecondStartMapsWhatTheFirstOnePacked() throws Exception {
    String packed;
    try (ServerProcess first = serve()) {
      packed = text(first);
      assumeTrue(
          first.output().contains("cpu backend isa="), "no cpu backend was built for this machine");
      Await.until("the packed weights are kept", () -> first.output().contains("are kept file="));
    }
    try (ServerProcess second = serve()) {
      assertThat(text(second)).isEqualTo(packed);
      assertThat(second.output())
          .contains("packed weights are mapped file=" + directory)
          .doesNotContain("are kept file=");
    }
  }
}
