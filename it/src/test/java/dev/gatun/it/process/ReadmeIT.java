package dev.gatun.it.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatun.it.Checkout;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Runs every example of README.md that is marked to be run, as a reader would, on the demo model.
 */
class ReadmeIT {
  private static final Pattern EXAMPLE =
      Pattern.compile("<!-- run, expect: (.+?) -->\\n```(\\w+)\\n(.*?)```", Pattern.DOTALL);
  private static ServerProcess server;

  private record Example(String expected, String language, String code) {}

  @BeforeAll
  static void start() throws InterruptedException {
    server = ServerProcess.serve(Checkout.demoModel(), "--served-model-name", "demo");
  }

  @AfterAll
  static void stop() throws InterruptedException {
    server.close();
  }

  private static List<Example> examples() throws IOException {
    String text = Files.readString(Checkout.root().resolve("README.md"));
    List<Example> examples = new ArrayList<>();
    Matcher matcher = EXAMPLE.matcher(text);
    while (matcher.find()) {
      examples.add(new Example(matcher.group(1), matcher.group(2), matcher.group(3)));
    }
    return examples;
  }

  @Test
  void theExamplesAreFound() throws IOException {
    assertThat(examples()).hasSizeGreaterThanOrEqualTo(11);
  }

  @TestFactory
  List<DynamicTest> everyExampleAnswers() throws IOException {
    return examples().stream()
        .map(e -> DynamicTest.dynamicTest(e.code.lines().findFirst().orElse(""), () -> check(e)))
        .toList();
  }

  private static void check(Example example) throws IOException, InterruptedException {
    String code =
        example
            .code
            .replace("localhost:8080", "localhost:" + server.port())
            .replace("bin/gatun", ServerProcess.distribution().resolve("bin/gatun").toString());
    String output;
    if (example.language.equals("python")) {
      assumeTrue(succeeds("python3", "-c", "import openai"), "no Python package openai here");
      output = run("python3", "-c", code);
    } else {
      assumeTrue(!code.contains("curl") || succeeds("curl", "--version"), "no curl here");
      output = run("bash", "-euc", code);
    }
    assertThat(output).contains(example.expected);
  }

  private static boolean succeeds(String... command) throws InterruptedException {
    try {
      return new ProcessBuilder(command)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      return false; // No such program.
    }
  }

  private static String run(String... command) throws IOException, InterruptedException {
    Path file = Files.createTempFile("readme", ".out");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(file.toFile())
            .directory(Checkout.root().toFile())
            .start();
    boolean hasEnded = process.waitFor(60, TimeUnit.SECONDS);
    process.destroyForcibly();
    String output = Files.readString(file, StandardCharsets.UTF_8);
    Files.delete(file);
    assertThat(hasEnded).as(output).isTrue();
    assertThat(process.exitValue()).as(output).isZero();
    return output;
  }
}
