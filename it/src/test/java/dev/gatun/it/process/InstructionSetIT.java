package dev.gatun.it.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.gatun.it.Checkout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The variable that narrows the cpu backend to an instruction set, on the real process. */
class InstructionSetIT {
  private static final String VARIABLE = "GATUN_CPU_ISA";

  /** What a start says that names no instruction set, among it those that this processor runs. */
  private static String refusal() throws InterruptedException {
    String model = Checkout.demoModel().toString();
    try (ServerProcess server =
        ServerProcess.launch(Map.of(VARIABLE, "pdp11"), "serve", model, "--device", "cpu")) {
      assertThat(server.awaitExit()).as(server.output()).isBetween(1, 2);
      String output = server.output();
      assumeFalse(output.contains("unavailable"), output);
      return output;
    }
  }

  @Test
  void anUnknownNameStopsTheStartWithASentence() throws InterruptedException {
    assertThat(refusal())
        .contains("GATUN_CPU_ISA=pdp11: there is no such instruction set; the processor runs ")
        .contains("name one of these or leave it unset")
        .doesNotContain("\tat ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"baseline", "avx2"})
  void lowerOnesAnswerWithTheSameText(String isa) throws Exception {
    assumeTrue(refusal().contains(isa), "this processor does not run " + isa);
    Path model = Checkout.demoModel();
    JsonNode prompt =
        Clients.parse(Files.readString(model.resolve("goldens.json"))).at("/prompts/0");
    JsonNode greedy = prompt.path("greedy");
    int numTokens = greedy.path("ids").size();

    try (ServerProcess server = ServerProcess.serve(Map.of(VARIABLE, isa), model);
        Clients clients = new Clients(server, model.getFileName().toString())) {
      String text = clients.completionText(prompt.path("text").asText(), numTokens);

      assertThat(greedy.path("compare_until").asInt()).isEqualTo(numTokens);
      assertThat(text.stripLeading()).isEqualTo(greedy.path("text").asText().stripLeading());
      assertThat(server.output()).contains("cpu backend isa=" + isa);
    }
  }
}
