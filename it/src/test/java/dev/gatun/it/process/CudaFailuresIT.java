package dev.gatun.it.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.gatun.it.Checkout;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the server does where a device, emulated here, has too little memory or is lost. */
class CudaFailuresIT {
  private static final Path LIBRARY =
      Checkout.root().resolve("runtime/cuda/target/emulation/libcuda.so.1");
  private static final Path MODEL = Checkout.tinyModel("tiny-llama3");
  private static final Pattern SHARE = Pattern.compile("--gpu-memory-utilization (0\\.\\d+)\\b");

  @BeforeEach
  void needsTheEmulation() {
    assumeTrue(Files.isReadable(LIBRARY), "the emulation of a device was not built");
  }

  private static ServerProcess start(Map<String, String> device, String... more) {
    Map<String, String> environment = new HashMap<>(device);
    environment.put("GTN_EMU_ALLOW", "1");
    environment.put("GATUN_JAVA_OPTS", "-Dgatun.cuda.library=" + LIBRARY);
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--device=cuda", "--dtype=float32", "--max-model-len=256", "--swap-space=0.001"));
    arguments.addAll(List.of(more));
    return ServerProcess.starting(environment, MODEL, arguments.toArray(new String[0]));
  }

  /** The start fails with the words; the last share in them works on the device, as it is then. */
  private static void failsAndNamesAShareThatWorks(
      Map<String, String> device, Map<String, String> then, String share, String... words)
      throws InterruptedException {
    String working = null;
    try (ServerProcess server = start(device, "--gpu-memory-utilization=" + share)) {
      assertThat(server.awaitExit()).isBetween(1, 2);
      assertThat(server.output()).contains(words).contains("error:").doesNotContain("\tat ");
      Matcher shares = SHARE.matcher(server.output());
      while (shares.find()) {
        working = shares.group(1);
      }
    }
    assertThat(working).isNotNull().isNotEqualTo(share);
    try (ServerProcess server = start(then, "--gpu-memory-utilization=" + working)) {
      server.awaitReady();
    }
  }

  @Test
  void aShareThatIsTooSmallNamesWhatIsNeededAndAShareThatWorks() throws Exception {
    Map<String, String> device = Map.of("GTN_EMU_MEMORY", "256M");

    failsAndNamesAShareThatWorks(
        device,
        device,
        "0.31",
        "a request of --max-model-len 256 needs ",
        " of KV cache; weights ",
        " of the 79.4 MiB that --gpu-memory-utilization 0.31 allows of 256.0 MiB"
            + " (memory of emulated) leave 0 B");
  }

  @Test
  void memoryThatOthersHoldIsNamedWithTheShareThatIsLeft() throws Exception {
    Map<String, String> device = Map.of("GTN_EMU_MEMORY", "512M", "GTN_EMU_MEMORY_HELD", "128M");

    failsAndNamesAShareThatWorks(
        device,
        device,
        "0.9",
        "--gpu-memory-utilization 0.9 asks for 460.8 MiB of 512.0 MiB (memory of emulated)",
        " are free; ",
        "or end what holds the rest");
  }

  /** Between the plan and its claim: the driver's error is named as well. */
  @Test
  void memoryThatOthersTakeDuringTheStartIsNamedToo() throws Exception {
    failsAndNamesAShareThatWorks(
        Map.of("GTN_EMU_MEMORY", "512M", "GTN_EMU_MEMORY_TAKEN", "128M"),
        Map.of("GTN_EMU_MEMORY", "512M", "GTN_EMU_MEMORY_HELD", "128M"),
        "0.8",
        "the planned memory needs ",
        " of 536870912 are available (memory of emulated)");
  }

  /**
   * An address that no memory has, in a kernel of a later step. Liveness fails as soon as a client
   * can know, and the process ends for whoever restarts it.
   */
  @Test
  void aKernelThatFailsEndsTheProcessWithLivenessFalse() throws Exception {
    JsonNode prompt =
        Clients.parse(Files.readString(MODEL.resolve("goldens.json"))).at("/prompts/0/ids");

    try (ServerProcess server =
            start(Map.of("GTN_EMU_FAULT", "rms_norm_f32:12"), "--num-gpu-blocks-override=40");
        Clients clients = new Clients(server, "tiny-llama3")) {
      server.awaitReady();
      assertThat(clients.get("/v2/health/live").statusCode()).isEqualTo(200);

      HttpResponse<String> answer =
          clients.post("/v1/completions", Clients.json(clients.completionBody(prompt, 32)));

      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(500);
      assertThat(liveness(clients)).isNotEqualTo(200);
      assertThat(server.awaitExit()).isEqualTo(1);
      assertThat(server.output())
          .contains("CUDA_ERROR_ILLEGAL_ADDRESS")
          .contains("the device is lost to this process, which must be restarted")
          .contains("engine failed; the process ends so that it is restarted");
    }
  }

  /** 0 where the server is gone already. */
  private static int liveness(Clients clients) throws InterruptedException {
    try {
      return clients.get("/v2/health/live").statusCode();
    } catch (UncheckedIOException e) {
      return 0;
    }
  }
}
