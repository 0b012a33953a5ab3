package dev.gatun.server.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MainTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int run(String... arguments) {
    return run(Map.of(), arguments);
  }

  private int run(Map<String, String> environment, String... arguments) {
    PrintStream outStream = new PrintStream(out, true, StandardCharsets.UTF_8);
    PrintStream errStream = new PrintStream(err, true, StandardCharsets.UTF_8);
    return new Main(outStream, errStream, environment).run(List.of(arguments));
  }

  private String out() {
    return out.toString(StandardCharsets.UTF_8);
  }

  private String err() {
    return err.toString(StandardCharsets.UTF_8);
  }

  @Test
  void withoutACommandItTeaches() {
    assertThat(run()).isZero();
    assertThat(out()).contains("gatun serve").contains("gatun generate").contains("gatun call");
  }

  @ParameterizedTest
  @ValueSource(strings = {"serve", "generate", "inspect", "call"})
  void everyCommandHasHelp(String command) {
    assertThat(run(command, "--help")).isZero();
    assertThat(out()).contains("Usage: gatun " + command);
    assertThat(err()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"serve", "generate", "inspect"})
  void aModelThatIsNotThereIsOneSentence(String command) {
    String further = command.equals("generate") ? "hello" : "--port=0";

    assertThat(run(command, "nonexistent-model", further)).isEqualTo(1);
    assertThat(err().lines())
        .containsExactly("error: model directory nonexistent-model does not exist");
  }

  /** 3 layers of 2 KV heads of 32, keys and values: bytes have a scale of 4 more per head. */
  @ParameterizedTest
  @CsvSource({"auto, '1536 bytes, F32'", "bfloat16, '768 bytes, BF16'", "int8, '432 bytes, I8'"})
  void inspectShowsWhatATokenTakesInTheCache(String dtype, String expected) {
    Path model = Path.of("../model/src/test/resources/models/tiny-qwen3");

    assertThat(run("inspect", model.toString(), "--kv-cache-dtype=" + dtype)).isZero();
    assertThat(out()).containsPattern("kv per token +" + expected);
  }

  @Test
  void cachesInEightBitFloatsAreForBackendsThatHaveKernels() {
    String model = "../model/src/test/resources/models/tiny-qwen3";

    assertThat(run("inspect", model, "--device=reference", "--kv-cache-dtype=fp8")).isZero();
    assertThat(out()).containsPattern("kv per token +384 bytes, F8_E4M3");
    assumeTrue(run("inspect", model, "--device=cpu") == 0, "the cpu backend was not built");
    assertThat(run("inspect", model, "--device=cpu", "--kv-cache-dtype=fp8_e4m3")).isEqualTo(2);
    assertThat(err())
        .contains("--kv-cache-dtype is fp8_e4m3, for which the cpu backend has no kernels; int8");
  }

  @Test
  void wrongUseIsStatusTwoWithTheWayOut() {
    assertThat(run("srve")).isEqualTo(2);
    assertThat(run("serve", "m", "--prot=1")).isEqualTo(2);
    assertThat(run("generate")).isEqualTo(2);
    assertThat(run("call", "localhost:1", "foo/Bar")).isEqualTo(2);
    assertThat(run("call", "-d", "{", "localhost:1", "inference.GRPCInferenceService/ModelReady"))
        .isEqualTo(2);
    assertThat(err().lines().filter(line -> line.startsWith("error: "))).hasSize(5);
    assertThat(err()).contains("nearest: --port").contains("ModelStreamInfer");
  }

  @Test
  void aServerThatIsNotThereIsNamed() {
    assertThat(run("call", "localhost:1", "inference.GRPCInferenceService/ServerLive"))
        .isEqualTo(1);
    assertThat(err()).startsWith("error: UNAVAILABLE").contains("localhost").contains(":1");
  }

  @Test
  void theReasonOfAFailedStartIsLeftForKubernetes(@TempDir Path dir) throws IOException {
    Path log = Files.createFile(dir.resolve("termination-log"));
    Map<String, String> environment = Map.of("GATUN_TERMINATION_LOG", log.toString());

    assertThat(run(environment, "serve", "nonexistent-model", "--port=0")).isEqualTo(1);

    assertThat(log).hasContent("error: model directory nonexistent-model does not exist");
  }

  @Test
  void theReasonIsCutBetweenCharactersAtWhatKubernetesKeeps(@TempDir Path dir) throws IOException {
    Path log = Files.createFile(dir.resolve("termination-log"));
    Map<String, String> environment = Map.of("GATUN_TERMINATION_LOG", log.toString());

    run(environment, "serve", "x" + "\u20ac".repeat(3000), "--port=0");

    // "error: model directory x" is of 24 bytes, each character after it of three.
    assertThat(Files.size(log)).isEqualTo(24 + (4096 - 24) / 3 * 3);
    assertThat(log).content(StandardCharsets.UTF_8).endsWith("\u20ac");
  }

  @Test
  void aCommandBesideTheServerExplainsNoContainersEnd(@TempDir Path dir) throws IOException {
    Path log = Files.createFile(dir.resolve("termination-log"));

    run(Map.of("GATUN_TERMINATION_LOG", log.toString()), "inspect", "nonexistent-model");

    assertThat(log).isEmptyFile();
  }

  @Test
  void aFileThatKubernetesDidNotMakeIsNotMadeHere(@TempDir Path dir) {
    Path log = dir.resolve("termination-log");

    run(Map.of("GATUN_TERMINATION_LOG", log.toString()), "serve", "nonexistent-model");

    assertThat(log).doesNotExist();
  }
}
