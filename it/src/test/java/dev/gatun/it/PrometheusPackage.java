package dev.gatun.it;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** The programs of Debian's package prometheus, which tools/build/get-prometheus unpacks. */
public final class PrometheusPackage {
  private PrometheusPackage() {}

  public static String promtool() {
    return program("promtool");
  }

  public static String prometheus() {
    return program("prometheus");
  }

  /** From the PATH or from the build output; the test is skipped where there is none. */
  private static String program(String name) {
    Stream<Path> onPath = Stream.of(System.getenv("PATH").split(File.pathSeparator)).map(Path::of);
    Path unpacked = Checkout.root().resolve("it/target/prometheus/usr/bin");
    Optional<Path> found =
        Stream.concat(onPath, Stream.of(unpacked))
            .map(folder -> folder.resolve(name))
            .filter(Files::isExecutable)
            .findFirst();
    assumeTrue(
        found.isPresent(), () -> "no " + name + " here; tools/build/get-prometheus fetches it");
    return found.orElseThrow().toString();
  }
}
