package dev.gatun.it.manifests;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatun.it.Checkout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Runs {@code tools/manifests/validate_manifests.py} against the CRDs of the shared folder. */
final class Validator {
  /** PATH's Python first; Debian's packages serve only its own. */
  private static final List<String> PYTHONS = List.of("python3", "/usr/bin/python3");

  private static final Optional<String> PYTHON =
      PYTHONS.stream()
          .filter(python -> Command.isFound(python, "-c", "import yaml"))
          .findFirst();

  private Validator() {}

  /** What it says of some files or folders. */
  static Command.Result run(List<Path> manifests) {
    Path crds = Checkout.root().resolveSibling("shared").resolve("kserve");
    assumeTrue(Files.isDirectory(crds), "no shared/kserve with CRDs beside the checkout");
    List<String> command = new ArrayList<>();
    command.add(python());
    command.add(Checkout.root().resolve("tools/manifests/validate_manifests.py").toString());
    command.add(crds.toString());
    manifests.forEach(manifest -> command.add(manifest.toString()));
    return Command.run(command);
  }

  static String python() {
    assumeTrue(PYTHON.isPresent(), "no python3 with PyYAML");
    return PYTHON.orElseThrow();
  }
}
