package dev.gatun.it.process;

import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.gatun.it.Checkout;
import dev.gatun.it.Command;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * A container image that was built from the distribution, in a directory of its own.
 *
 * @param archive the OCI archive
 * @param root its unpacked root
 */
record ImageBuild(Path archive, Path root) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final String TOOLS = "tools/image/";

  /** Builds, or skips the test with a reason where this machine cannot. */
  static ImageBuild build(Path out, String... options) throws Exception {
    for (String tool : List.of("python3", "apt-get", "dpkg-deb", "unshare", "chroot")) {
      assumeTrue(isOnPath(tool), "building and running an image takes " + tool);
    }
    Path javaHome = Path.of(System.getProperty("java.home"));
    assumeTrue(Files.exists(javaHome.resolve("bin/jlink")), () -> javaHome + " has no jlink");
    List<String> command = new ArrayList<>(List.of("env", "JAVA_HOME=" + javaHome));
    command.addAll(List.of(tool("build_image.py"), "cpu", "--out", out.toString()));
    command.addAll(List.of("--dist", ServerProcess.distribution().toString()));
    command.addAll(List.of("--debs", Checkout.root().resolve("target/image/debs").toString()));
    command.addAll(Arrays.asList(options));
    String output = Command.run(PATIENCE, command).output();
    if (output.contains("cannot download")) {
      abort(output.strip());
    }
    Path archive = out.resolve("gatun-cpu.tar");
    if (!Files.exists(archive)) {
      throw new IllegalStateException("no image:\n" + output);
    }
    return new ImageBuild(archive, out.resolve("cpu/root"));
  }

  static boolean isOnPath(String program) {
    String path = System.getenv("PATH") + File.pathSeparator + "/usr/sbin";
    return Stream.of(path.split(File.pathSeparator))
        .anyMatch(dir -> Files.isExecutable(Path.of(dir, program)));
  }

  private static String tool(String name) {
    return Checkout.root().resolve(TOOLS + name).toString();
  }

  /** The image's configuration, found as a container engine finds it: index, manifest, config. */
  JsonNode configuration() throws IOException {
    Path layout = archive.resolveSibling("cpu/oci");
    JsonNode index = JSON.readTree(layout.resolve("index.json").toFile());
    JsonNode manifest = blob(layout, index.at("/manifests/0/digest"));
    return blob(layout, manifest.at("/config/digest"));
  }

  private static JsonNode blob(Path layout, JsonNode digest) throws IOException {
    Path file = layout.resolve("blobs").resolve(digest.asText().replace(':', '/'));
    return JSON.readTree(Files.readString(file, StandardCharsets.UTF_8));
  }

  /**
   * Starts the image's entrypoint in its root with its environment.
   *
   * @param options of {@code tools/image/run-root}
   */
  ServerProcess run(List<String> options, String... arguments) throws IOException {
    JsonNode config = configuration().get("config");
    List<String> command = new ArrayList<>(List.of(tool("run-root")));
    command.addAll(options);
    command.add(root.toString());
    config.get("Entrypoint").forEach(word -> command.add(word.asText()));
    command.addAll(Arrays.asList(arguments));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().clear();
    config
        .get("Env")
        .forEach(
            variable -> {
              String[] pair = variable.asText().split("=", 2);
              builder.environment().put(pair[0], pair[1]);
            });
    // For what comes before the image's own programs.
    builder.environment().merge("PATH", "/usr/sbin:/sbin", (own, more) -> own + ":" + more);
    return ServerProcess.launch(builder);
  }
}
