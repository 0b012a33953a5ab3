package dev.gatun.it.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.gatun.it.Checkout;
import dev.gatun.it.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The container image: the same bytes each time, and a server that runs from its root. */
class ImageIT {
  private static final String ANY_USER = "4711:4711";

  /** Compresses less, which takes a third of the time. */
  private static final String FAST = "--level=1";

  private static final long MAX_BYTES = 250_000_000;

  @TempDir private static Path dir;
  private static ImageBuild image;

  @BeforeAll
  static void build() throws Exception {
    image = ImageBuild.build(dir.resolve("first"), FAST);
  }

  private static List<String> options(String... more) {
    return Stream.concat(Stream.of("-u", ANY_USER), Stream.of(more)).toList();
  }

  /** The start-up cache is of the machine that trained it; given one, all bytes are the same. */
  @Test
  void theSameInputsGiveTheSameArchive() throws Exception {
    Path cache = image.root().resolve("opt/gatun/gatun.aot");
    assertThat(cache).exists();

    ImageBuild again = ImageBuild.build(dir.resolve("second"), FAST, "--cache", cache.toString());

    assertThat(Files.mismatch(image.archive(), again.archive())).isEqualTo(-1);
  }

  @Test
  void itIsSmallAndSaysWhatIsInIt() throws IOException {
    assertThat(Files.size(image.archive())).isLessThan(MAX_BYTES);

    String components = Files.readString(image.root().resolve("opt/gatun/components.tsv"));
    try (Stream<Path> jars = Files.list(image.root().resolve("opt/gatun/lib"))) {
      assertThat(components.lines().filter(line -> line.startsWith("jar\t"))).hasSize(count(jars));
    }
    assertThat(components).contains("libc6\t").contains("JDK\t").doesNotContain("not stated");
    for (String name : List.of("libc6", "libc-bin", "libgcc-s1", "libstdc++6", "base-files")) {
      assertThat(image.root().resolve("usr/share/doc/" + name + "/copyright")).isNotEmptyFile();
    }
  }

  private static int count(Stream<?> stream) {
    return Math.toIntExact(stream.count());
  }

  @Test
  void anotherToolReadsTheArchive() throws Exception {
    assumeTrue(ImageBuild.isOnPath("skopeo"), "no skopeo, which would check the archive");
    String archive = image.archive().toString();

    for (String transport : List.of("oci-archive:", "docker-archive:")) {
      Path copy = dir.resolve(transport.replace(":", ""));
      Command.output("skopeo", "copy", transport + archive, "dir:" + copy);

      assertThat(copy.resolve("manifest.json")).exists();
    }
    JsonNode user = image.configuration().at("/config/User");
    assertThat(user.asText()).matches("[1-9]\\d+:\\d+");
  }

  @Test
  void anyUserServesFromARootInWhichNothingCanBeWritten() throws Exception {
    try (ServerProcess server =
        image.run(
            options("-m", Checkout.demoModel().toString()),
            "--model=/mnt/models",
            "--served-model-name=demo",
            "--host=127.0.0.1",
            "--port=0")) {
      server.awaitReady();
      assertAnswers(server);
      if (isRoot()) {
        assertThat(Files.readString(Path.of("/proc/" + server.pid() + "/status")))
            .contains("Uid:\t4711\t4711");
      }
      assertThat(server.output()).contains("cpu backend").doesNotContain("\tat ");

      server.terminate();

      assertThat(server.awaitExit()).as(server.output()).isZero();
    }
  }

  private static void assertAnswers(ServerProcess server) throws Exception {
    try (Clients clients = new Clients(server, "demo")) {
      assertThat(clients.get("/v2/health/ready").statusCode()).isEqualTo(200);
      assertThat(clients.streamedCompletionText("Once upon", 8)).isNotEmpty();
      assertThat(clients.unaryText("Once upon", 8)).isNotEmpty();
    }
  }

  private static boolean isRoot() {
    return System.getProperty("user.name").equals("root");
  }

  @Test
  void aFailedStartLeavesItsReasonForKubernetes(@TempDir Path empty) throws Exception {
    Path log = Files.createFile(dir.resolve("termination-log"));
    Files.setPosixFilePermissions(log, PosixFilePermissions.fromString("rw-rw-rw-"));
    Files.setPosixFilePermissions(empty, PosixFilePermissions.fromString("rwxr-xr-x"));
    List<String> options = options("-m", empty.toString(), "-l", log.toString());

    try (ServerProcess server = image.run(options, "serve", "/mnt/models", "--port=0")) {
      assertThat(server.awaitExit()).as(server.output()).isEqualTo(1);

      assertThat(log).content().startsWith("error: ").contains("config.json");
      assertThat(server.output()).contains(Files.readString(log));
    }
  }
}
