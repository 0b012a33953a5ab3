package dev.gatun.it.house;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.it.Checkout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The scripts that run where a GPU is, as far as they can be run without one. */
class GpuScriptsTest {
  /** {@code make gpu-test} gives this to Surefire as its JVM. */
  private static final Path SANITIZED = Checkout.root().resolve("tools/gpu/sanitized/bin/java");

  /** Says what it was given, then runs it, as compute-sanitizer does. */
  private static final String FAKE =
      """
      #!/bin/sh
      echo "sanitizer $1 $2 $3 $4 $5 $6"
      shift 6
      exec "$@"
      """;

  private static final String FAKE_JAVA = "#!/bin/sh\nfor a in \"$@\"; do echo \"<$a>\"; done\n";

  private static void script(Path file, String text) throws Exception {
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
    assertThat(file.toFile().setExecutable(true)).isTrue();
  }

  @Test
  void theSanitizedJvmHandsEveryArgumentOnAsItIs(@TempDir Path dir) throws Exception {
    Path tools = dir.resolve("tools of it");
    Path home = dir.resolve("a home");
    script(tools.resolve("compute-sanitizer"), FAKE);
    script(home.resolve("bin/java"), FAKE_JAVA);
    List<String> arguments =
        List.of("-Dname=two words", "it's \"quoted\"", "$HOME", "*", "", "-jar", "surefire.jar");
    List<String> command = new ArrayList<>(List.of(SANITIZED.toString()));
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("PATH", tools + ":/usr/bin:/bin");
    builder.environment().put("JAVA_HOME", home.toString());

    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(process.waitFor()).as(output).isZero();
    List<String> lines = new ArrayList<>();
    lines.add("sanitizer --tool memcheck --error-exitcode 9 --target-processes all");
    arguments.forEach(argument -> lines.add("<" + argument + ">"));
    assertThat(output.lines()).containsExactlyElementsOf(lines);
  }
}
