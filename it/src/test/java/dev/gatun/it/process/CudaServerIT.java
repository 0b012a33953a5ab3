package dev.gatun.it.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.gatun.it.Checkout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The server over the cuda backend, on the emulation of a device that the build made. */
class CudaServerIT {
  private static final Path LIBRARY =
      Checkout.root().resolve("runtime/cuda/target/emulation/libcuda.so.1");
  private static final int NUM_TOKENS = 6;

  private static Map<String, String> environment() {
    return Map.of("GTN_EMU_ALLOW", "1", "GATUN_JAVA_OPTS", "-Dgatun.cuda.library=" + LIBRARY);
  }

  @Test
  void theDeviceWritesWhatTransformersWrites() throws Exception {
    assumeTrue(Files.isReadable(LIBRARY), "the emulation of a device was not built");
    Path model = Checkout.tinyModel("tiny-llama3");
    JsonNode prompt =
        Clients.parse(Files.readString(model.resolve("goldens.json"))).at("/prompts/0");
    JsonNode greedy = prompt.path("greedy").path("ids");

    try (ServerProcess server =
            ServerProcess.serve(
                environment(),
                model,
                "--device=cuda",
                "--dtype=float32",
                "--max-model-len=256",
                "--num-gpu-blocks-override=40",
                "--swap-space=0.001");
        Clients clients = new Clients(server, "tiny-llama3")) {
      List<Integer> ids = clients.completionIds(prompt.path("ids"), NUM_TOKENS);

      for (int i = 0; i < NUM_TOKENS; i++) {
        assertThat(ids.get(i)).as("token %d", i).isEqualTo(greedy.get(i).asInt());
      }
      assertThat(server.output()).contains("cuda backend device=\"emulated\"");
    }
  }

  /** In 8 bits all through: a prompt whose blocks are found again goes on as the first time. */
  @Test
  void theDeviceKeepsWeightsAndKvInEightBitFloats() throws Exception {
    assumeTrue(Files.isReadable(LIBRARY), "the emulation of a device was not built");
    Path model = Checkout.tinyModel("tiny-llama3-ct-fp8");
    JsonNode prompt =
        Clients.parse(Files.readString(model.resolve("goldens.json"))).at("/prompts/2/ids");

    try (ServerProcess server =
            ServerProcess.serve(
                environment(),
                model,
                "--device=cuda",
                "--kv-cache-dtype=fp8",
                "--max-model-len=256",
                "--num-gpu-blocks-override=40",
                "--swap-space=0.001");
        Clients clients = new Clients(server, "tiny-llama3-ct-fp8")) {
      List<Integer> ids = clients.completionIds(prompt, NUM_TOKENS);

      assertThat(ids).hasSize(NUM_TOKENS);
      assertThat(clients.completionIds(prompt, NUM_TOKENS)).isEqualTo(ids);
    }
  }

  /** Without its flag the test double is no device, and the start says so. */
  @Test
  void theEmulationIsNeverChosenByItself() throws Exception {
    assumeTrue(Files.isReadable(LIBRARY), "the emulation of a device was not built");
    Map<String, String> found =
        Map.of("GTN_EMU_ALLOW", "1", "LD_LIBRARY_PATH", LIBRARY.getParent().toString());

    try (ServerProcess server =
        ServerProcess.starting(found, Checkout.tinyModel("tiny-llama3"), "--device=cuda")) {
      assertThat(server.awaitExit()).isNotZero();
      assertThat(server.output()).contains("is an emulation for tests and never chosen by itself");
    }
  }
}
