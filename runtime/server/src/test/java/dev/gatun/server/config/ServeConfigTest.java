package dev.gatun.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatun.engine.sched.Speculation;
import dev.gatun.server.cli.ServeArguments;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ServeConfigTest {

  private static ServeConfig parse(Map<String, String> environment, String... arguments) {
    ServeArguments parsed = ServeArguments.parse(List.of(arguments));
    return new ConfigLoader(environment).load(parsed.flags(), parsed.file());
  }

  private static ServeConfig parse(String... arguments) {
    return parse(Map.of(), arguments);
  }

  @Test
  void everyDefaultIsAsDocumented() {
    ServeConfig expected =
        new ServeConfig(
            Path.of("models/my-llama"),
            List.of("my-llama"),
            OptionalInt.empty(),
            true,
            Optional.empty(),
            20,
            0,
            "auto",
            "auto",
            false,
            Optional.empty(),
            Optional.empty(),
            new ServeConfig.MemoryOptions(
                "auto",
                16,
                "auto",
                OptionalInt.empty(),
                OptionalLong.empty(),
                0.9,
                OptionalLong.empty()),
            new ServeConfig.SchedulerOptions(
                64,
                OptionalInt.empty(),
                0,
                true,
                true,
                Speculation.NONE,
                false,
                Duration.ofSeconds(60),
                1024,
                1 << 20),
            new ServeConfig.ListenOptions("0.0.0.0", 8080, OptionalInt.empty(), 64 << 20, 64 << 20),
            Duration.ofSeconds(30),
            Duration.ZERO,
            false,
            new ServeConfig.TelemetryOptions(true, Optional.empty(), Optional.empty()),
            "info");

    assertThat(parse("models/my-llama")).isEqualTo(expected);
  }

  @Test
  void everyOptionReachesItsField() {
    ServeConfig config =
        parse(
            "--model=m",
            "--served-model-name=a,b",
            "--max-model-len=4k",
            "--generation-config=vllm",
            "--chat-template=t.jinja",
            "--max-logprobs=5",
            "--seed=-7",
            "--quantization=int8",
            "--dtype=bfloat16",
            "--enforce-eager",
            "--cuda-lib-dir=lib",
            "--packed-weights-dir=packed",
            "--device=reference",
            "--block-size=32",
            "--kv-cache-dtype=bfloat16",
            "--num-gpu-blocks-override=9",
            "--kv-cache-memory-bytes=2GiB",
            "--gpu-memory-utilization=0.5",
            "--max-num-seqs=3",
            "--max-num-batched-tokens=1K",
            "--long-prefill-token-threshold=128",
            "--no-enable-prefix-caching",
            "--no-async-scheduling",
            "--speculative-config={\"method\": \"ngram\", \"num_speculative_tokens\": 3}",
            "--scheduling-policy=priority",
            "--priority-aging=1.5",
            "--swap-space=0.5",
            "--max-num-queued-reqs=17",
            "--max-num-queued-tokens=4K",
            "--host=127.0.0.1",
            "--port=0",
            "--grpc-port=9000",
            "--http-max-input-size=1MiB",
            "--grpc-max-receive-message-length=2MiB",
            "--shutdown-timeout=2.5",
            "--request-timeout=1.5",
            "--enable-identity-model",
            "--no-legacy-metric-names",
            "--show-hidden-metrics-for-version=0.11",
            "--otlp-traces-endpoint=http://t",
            "--otlp-metrics-endpoint=http://m",
            "--collect-detailed-traces=all",
            "--log-level=debug");

    assertThat(config).isEqualTo(everythingSet());
  }

  private static ServeConfig everythingSet() {
    return new ServeConfig(
        Path.of("m"),
        List.of("a", "b"),
        OptionalInt.of(4000),
        false,
        Optional.of(Path.of("t.jinja")),
        5,
        -7,
        "int8",
        "bfloat16",
        true,
        Optional.of(Path.of("lib")),
        Optional.of(Path.of("packed")),
        new ServeConfig.MemoryOptions(
            "reference",
            32,
            "bfloat16",
            OptionalInt.of(9),
            OptionalLong.of(2L << 30),
            0.5,
            OptionalLong.of(1L << 29)),
        new ServeConfig.SchedulerOptions(
            3,
            OptionalInt.of(1024),
            128,
            false,
            false,
            new Speculation(3, 5, 5),
            true,
            Duration.ofMillis(1500),
            17,
            4096),
        new ServeConfig.ListenOptions("127.0.0.1", 0, OptionalInt.of(9000), 1 << 20, 2 << 20),
        Duration.ofMillis(2500),
        Duration.ofMillis(1500),
        true,
        new ServeConfig.TelemetryOptions(false, Optional.of("http://t"), Optional.of("http://m")),
        "debug");
  }

  @Test
  void everySettingIsTestedHere() {
    // A new row in the table has to be added to the two tests above; this counts the rows they
    // know.
    assertThat(Settings.all()).hasSize(43);
  }

  @ParameterizedTest
  @ValueSource(strings = {"--max-model-len", "--max_model_len", "--max-model_len"})
  void dashesAndUnderscoresAreAlikeAndValuesMayFollowASpace(String name) {
    assertThat(parse("m", name, "77").maxModelLen()).hasValue(77);
    assertThat(parse("m", name + "=77").maxModelLen()).hasValue(77);
  }

  @Test
  void speculationMayBeWrittenAsYaml(@TempDir Path dir) throws IOException {
    Path file = dir.resolve("gatun.yaml");
    Files.writeString(
        file,
        """
        speculative-config:
          method: ngram
          num_speculative_tokens: 4
          prompt_lookup_max: 3
        """);

    ServeConfig config = parse("m", "--config", file.toString());

    assertThat(config.scheduler().speculation()).isEqualTo(new Speculation(4, 3, 3));
  }

  @Test
  void theLastOfTwoWinsAlsoAcrossSpellings() {
    ServeConfig config =
        parse("--model=a", "--model_name=x", "--served-model-name", "y", "--model=b");

    assertThat(config.model()).isEqualTo(Path.of("b"));
    assertThat(config.servedModelNames()).containsExactly("y");
  }

  @Test
  void switchesTakeAValueOrANegation() {
    assertThat(parse("m", "--enable-identity-model=false").enableIdentityModel()).isFalse();
    assertThat(
            parse("m", "--enable_identity_model", "--no-enable-identity-model")
                .enableIdentityModel())
        .isFalse();
    assertThat(parse("--enable-identity-model", "m").enableIdentityModel()).isTrue();
  }

  @Test
  void flagsWinOverEnvironmentAndEnvironmentOverFile(@TempDir Path dir) throws IOException {
    Path file = dir.resolve("gatun.yaml");
    Files.writeString(file, "port: 1\nblock_size: 2\nmax-num-seqs: 3\nserved-model-name: [a, b]\n");
    Map<String, String> environment = Map.of("GATUN_PORT", "4", "GATUN_BLOCK_SIZE", "5");

    ServeConfig config = parse(environment, "m", "--config", file.toString(), "--port=6");

    assertThat(config.listen().port()).isEqualTo(6);
    assertThat(config.memory().blockSize()).isEqualTo(5);
    assertThat(config.scheduler().maxNumSeqs()).isEqualTo(3);
    assertThat(config.servedModelNames()).containsExactly("a", "b");
  }

  /** A Service named gatun in the namespace must not keep the server from starting. */
  @Test
  void kubernetesServiceLinksAreNoOptions() {
    Map<String, String> environment =
        Map.of("GATUN_PORT", "tcp://10.0.0.1:8080", "GATUN_SERVICE_HOST", "10.0.0.1");

    assertThat(parse(environment, "m").listen().port()).isEqualTo(8080);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--max-model-length=5 | unknown flag --max-model-length (command line); nearest:"
            + " --max-model-len",
        "--num-scheduler-steps=4 | --num-scheduler-steps (command line) is removed",
        "--swap-space=-1 | --swap-space is '-1' (command line), must be a number of GiB",
        "--scheduling-policy=lifo | must be one of fcfs, priority",
        "--port=70000 | --port is '70000' (command line), must be a whole number in [0, 65535]",
        "--port=http | --port is 'http' (command line), must be a whole number",
        "--block-size=0 | --block-size is '0'",
        "--max-num-batched-tokens=1.5 | --max-num-batched-tokens is '1.5'",
        "--max-num-batched-tokens=9999999999 | --max-num-batched-tokens is '9999999999'",
        "--gpu-memory-utilization=1.1 | must be a share in (0, 1]",
        "--gpu-memory-utilization=NaN | must be a share in (0, 1]",
        "--kv-cache-dtype=fp8_e5m2 | must be one of auto, float32, float16, bfloat16, int8",
        "--kv-cache-memory-bytes=4Gx | --kv-cache-memory-bytes is '4Gx'",
        "--generation-config=maybe | must be one of auto, vllm",
        "--max-num-batched-tokens=8 | --max-num-seqs is 64, more than --max-num-batched-tokens 8",
        "--grpc-port=8080 | --grpc-port is 8080, the same as --port",
        "--http-max-input-size=3GiB | must be at most 2147483647",
        "--enable-identity-model=perhaps | must be true or false",
      })
  void badOptionsAreNamedWithTheirValue(String argument, String message) {
    assertThatThrownBy(() -> parse("m", argument))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(message);
  }

  @Test
  void aMissingModelAndAMissingValueAreNamed() {
    assertThatThrownBy(() -> parse()).hasMessage("--model is missing");
    assertThatThrownBy(() -> parse("m", "--port"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("--port");
    assertThatThrownBy(() -> parse("m", "n"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("n");
  }

  @Test
  void aBadFileIsNamed(@TempDir Path dir) throws IOException {
    Path unknown = Files.writeString(dir.resolve("a.yaml"), "prot: 1\n");
    Path broken = Files.writeString(dir.resolve("b.yaml"), "port: [1\n");
    Path list = Files.writeString(dir.resolve("c.yaml"), "- port\n");
    Path nested = Files.writeString(dir.resolve("d.yaml"), "port: {a: 1}\n");

    assertThatThrownBy(() -> parse("m", "--config=" + unknown))
        .hasMessageContaining("--prot (" + unknown + ")")
        .hasMessageContaining("--port");
    assertThatThrownBy(() -> parse("m", "--config=" + broken))
        .hasMessageContaining("not valid YAML");
    assertThatThrownBy(() -> parse("m", "--config=" + list)).hasMessageContaining("option names");
    assertThatThrownBy(() -> parse("m", "--config=" + nested)).hasMessageContaining("plain value");
    assertThatThrownBy(() -> parse("m", "--config=" + dir.resolve("none.yaml")))
        .hasMessageContaining("cannot be read");
  }

  @Test
  void helpNamesEveryOptionWithItsDefault() {
    String help = ServeArguments.help();

    for (Setting<?> setting : Settings.all()) {
      assertThat(help).contains("--" + setting.name());
    }
    assertThat(help).contains("[1024]").contains("GATUN_").contains("Examples:");
    assertThat(ServeArguments.parse(List.of("--help")).isHelp()).isTrue();
  }
}
