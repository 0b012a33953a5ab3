package dev.gatun.model.tokenizer;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * Real tokenizers and templates with their goldens. They are not part of the repository: they lie
 * in a directory {@code shared} beside it, or in {@code GATUN_SHARED}. Without them the tests that
 * ask for them are skipped, with that reason.
 */
public final class SharedTokenizers {

  private SharedTokenizers() {}

  /** The directory {@code name} of the shared tokenizers; skips the test when there is none. */
  public static Path directory(String name) {
    Path root = root();
    Path directory = root.resolve(name);
    assumeTrue(
        Files.isDirectory(directory),
        () -> directory + " is absent: set GATUN_SHARED to the directory of the shared test data");
    return directory;
  }

  public static JsonNode json(Path file) {
    try {
      return new ObjectMapper().readTree(file.toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static int[] ints(JsonNode array) {
    return elements(array).mapToInt(JsonNode::asInt).toArray();
  }

  public static List<String> strings(JsonNode array) {
    return elements(array).map(JsonNode::asText).toList();
  }

  public static Stream<JsonNode> elements(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false);
  }

  private static Path root() {
    String given = System.getenv("GATUN_SHARED");
    if (given != null && !given.isEmpty()) {
      return Path.of(given, "tokenizers");
    }
    Path module = Path.of("").toAbsolutePath();
    for (Path at = module; at != null; at = at.getParent()) {
      Path candidate = at.resolve("shared").resolve("tokenizers");
      if (Files.isDirectory(candidate)) {
        return candidate;
      }
    }
    return module.resolve("shared").resolve("tokenizers");
  }
}
