package dev.gatun.it;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

/** Where models are: the repository's own, and those of the shared folder beside it. */
public final class Checkout {
  private Checkout() {}

  public static Path root() {
    Path dir = Path.of("").toAbsolutePath();
    while (!Files.isDirectory(dir.resolve("proto")) || !Files.exists(dir.resolve("Makefile"))) {
      Path parent = dir.getParent();
      if (parent == null) {
        throw new IllegalStateException("not inside a Gatun checkout");
      }
      dir = parent;
    }
    return dir;
  }

  public static Path demoModel() {
    return root().resolve("demo-model");
  }

  /** A tiny model that the repository holds. */
  public static Path tinyModel(String name) {
    return root().resolve("runtime/model/src/test/resources/models").resolve(name);
  }

  /** A model of the shared folder; the test is skipped where there is none. */
  public static Path sharedModel(String name) {
    Path model = root().resolveSibling("shared").resolve("models").resolve(name);
    assumeTrue(Files.isDirectory(model), () -> "no shared model " + name + " beside the checkout");
    return model;
  }
}
