package dev.gatun.it.house;

import dev.gatun.it.Checkout;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** The sources of the checkout under test. */
final class Repository {
  private static final Set<String> SKIPPED =
      Set.of("target", ".git", "dist", "bin", "__pycache__", "node_modules");

  private Repository() {}

  static Path root() {
    return Checkout.root();
  }

  /** Every file of ours with one of the endings, build output left out. */
  static List<Path> files(String... endings) {
    try (Stream<Path> walk = Files.walk(root())) {
      return walk.filter(Files::isRegularFile)
          .filter(path -> Stream.of(endings).anyMatch(path.toString()::endsWith))
          .filter(Repository::isOurs)
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isOurs(Path path) {
    for (Path part : root().relativize(path)) {
      if (SKIPPED.contains(part.toString())) {
        return false;
      }
    }
    return true;
  }

  static String read(Path path) {
    try {
      return Files.readString(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String name(Path path) {
    return root().relativize(path).toString();
  }
}
