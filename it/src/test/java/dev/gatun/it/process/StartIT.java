package dev.gatun.it.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.it.Checkout;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Starts that cannot work end at once with exit status 1 or 2 and a sentence, never a stack trace.
 */
class StartIT {
  private static final String TINY = "tiny-qwen2";

  private static String failure(String... arguments) throws InterruptedException {
    try (ServerProcess server = ServerProcess.launch(arguments)) {
      int status = server.awaitExit();
      assertThat(status).as(server.output()).isBetween(1, 2);
      assertThat(server.output()).doesNotContain("\tat ").contains("error:");
      return server.output();
    }
  }

  private static Path copyOf(String model, Path dir) throws IOException {
    Path copy = Files.createDirectory(dir.resolve(model));
    try (Stream<Path> files = Files.list(Checkout.tinyModel(model))) {
      for (Path file : files.toList()) {
        Files.copy(file, copy.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
      }
    }
    return copy;
  }

  @Test
  void unknownFlagsNameTheNearest() throws InterruptedException {
    assertThat(failure("serve", "m", "--max-model-length", "5"))
        .contains("--max-model-length")
        .contains("--max-model-len");
    assertThat(failure("srve", "m")).contains("srve").contains("serve");
  }

  @Test
  void theFlagsAloneServeAsKServePassesThem() throws InterruptedException {
    assertThat(failure("--model_name=x", "--model=/nonexistent")).contains("/nonexistent");
  }

  @Test
  void aMissingModelOrOneWithoutFilesIsNamed(@TempDir Path dir) throws InterruptedException {
    assertThat(failure("serve", dir.resolve("none").toString())).contains("none");
    assertThat(failure("serve", dir.toString())).contains("config.json");
  }

  @Test
  void weightsThatAreAbsentTruncatedOrHostileAreNamed(@TempDir Path dir) throws Exception {
    Path model = copyOf(TINY, dir);
    Path weights = model.resolve("model.safetensors");
    byte[] whole = Files.readAllBytes(weights);

    Files.write(weights, Arrays.copyOf(whole, whole.length - 100));
    assertThat(failure("serve", model.toString())).contains("model.safetensors");

    byte[] huge = whole.clone();
    ByteBuffer.wrap(huge).order(ByteOrder.LITTLE_ENDIAN).putLong(0, Long.MAX_VALUE);
    Files.write(weights, huge);
    assertThat(failure("serve", model.toString()))
        .contains("model.safetensors")
        .contains(String.valueOf(Long.MAX_VALUE));

    Files.write(weights, new byte[] {1, 2, 3});
    assertThat(failure("serve", model.toString())).contains("model.safetensors");

    Files.delete(weights);
    assertThat(failure("serve", model.toString())).contains("safetensors");
  }

  @Test
  void anUnknownArchitectureListsTheKnownOnes(@TempDir Path dir) throws Exception {
    Path model = copyOf(TINY, dir);
    Path config = model.resolve("config.json");
    String text = Files.readString(config).replace("Qwen2ForCausalLM", "FooForCausalLM");
    Files.writeString(config, text, StandardCharsets.UTF_8, StandardOpenOption.TRUNCATE_EXISTING);

    assertThat(failure("serve", model.toString()))
        .contains("FooForCausalLM")
        .contains("LlamaForCausalLM");
  }

  @Test
  void aPortInUseIsNamed() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String port = String.valueOf(taken.getLocalPort());

      assertThat(
              failure(
                  "serve", Checkout.tinyModel(TINY).toString(), "--host=127.0.0.1", "--port", port))
          .contains(port)
          .contains("in use")
          .doesNotContain("plan:");
    }
  }

  @Test
  void aPlanThatCannotWorkNamesTheValueThatDoes() throws InterruptedException {
    String model = Checkout.tinyModel(TINY).toString();

    assertThat(failure("serve", model, "--num-gpu-blocks-override=3"))
        .contains("needs 32 KV blocks")
        .contains("--num-gpu-blocks-override 32")
        .contains("--max-model-len 48");
  }

  @Test
  void helpTeaches() throws InterruptedException {
    try (ServerProcess help = ServerProcess.launch("serve", "--help")) {
      assertThat(help.awaitExit()).isZero();
      assertThat(help.output()).contains("--max-model-len").contains("Examples:");
    }
    try (ServerProcess help = ServerProcess.launch("--help")) {
      assertThat(help.awaitExit()).isZero();
      assertThat(help.output()).contains("serve").contains("generate").contains("inspect");
    }
  }
}
