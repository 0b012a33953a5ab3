package dev.gatun.it.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatun.it.Checkout;
import dev.gatun.it.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
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
      assumeTrue(
          Command.succeeds("python3", "-c", "import openai"), "no Python package openai here");
      output = Command.output("python3", "-c", code);
    } else {
      assumeTrue(!code.contains("curl") || Command.succeeds("curl", "--version"), "no curl here");
      output = Command.output("bash", "-euc", code);
    }
    assertThat(output).contains(example.expected);
  }
}
