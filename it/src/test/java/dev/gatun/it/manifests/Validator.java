package dev.gatun.it.manifests;

import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatun.it.Checkout;
import dev.gatun.it.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Runs {@code tools/manifests/validate_manifests.py} against the CRDs of the shared folder. */
final class Validator {
  private static final Path SCRIPT = Path.of("tools/manifests/validate_manifests.py");

  private Validator() {}

  /** What it says of some files or folders; the test is skipped where it cannot run. */
  static Command.Result run(List<Path> manifests) throws IOException, InterruptedException {
    Path crds = Checkout.root().resolveSibling("shared").resolve("kserve");
    assumeTrue(Files.isDirectory(crds), "no shared/kserve with CRDs beside the checkout");
    Stream<String> command = Stream.of(python(), SCRIPT.toString(), crds.toString());
    return Command.run(
        Stream.concat(command, manifests.stream().map(Path::toString)).toArray(String[]::new));
  }

  /** PATH's Python first; Debian's packages serve only its own. */
  private static String python() throws InterruptedException {
    for (String python : List.of("python3", "/usr/bin/python3")) {
      if (Command.succeeds(python, "-c", "import yaml")) {
        return python;
      }
    }
    return abort("no python3 with PyYAML");
  }
}
