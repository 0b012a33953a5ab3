package dev.gatun.model.golden;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The tiny checkpoints with goldens: ours from test resources, others from a shared directory. */
public final class TestModels {
  private static final List<String> FILES =
      List.of(
          "config.json",
          "generation_config.json",
          "goldens.json",
          "model.safetensors",
          "model.safetensors.index.json",
          "model-00001-of-00003.safetensors",
          "model-00002-of-00003.safetensors",
          "model-00003-of-00003.safetensors",
          "tokenizer.json",
          "tokenizer_config.json");

  private TestModels() {}

  /** Names of the models that come with these tests. */
  public static List<String> names() {
    return List.of("tiny-llama3", "tiny-mistral", "tiny-qwen2", "tiny-qwen2-sharded", "tiny-qwen3");
  }

  /** Names of those that a checkpoint's own quantisation made of tiny-llama3. */
  public static List<String> quantizedNames() {
    return List.of(
        "tiny-llama3-awq-g32",
        "tiny-llama3-awq-g64",
        "tiny-llama3-gptq-g32",
        "tiny-llama3-gptq-g32-actorder",
        "tiny-llama3-ct-w4a16-g64",
        "tiny-llama3-ct-w8a16",
        "tiny-llama3-ct-w8a8",
        "tiny-llama3-ct-fp8",
        "tiny-llama3-fp8-block128");
  }

  /**
   * Directory of a model that comes with these tests. From a jar it is copied to a temporary
   * directory, for weights can only be mapped from a file.
   */
  public static Path path(String name) {
    URL config = TestModels.class.getResource("/models/" + name + "/config.json");
    if (config == null) {
      throw new IllegalArgumentException("no test model '" + name + "', there are " + names());
    }
    try {
      return config.getProtocol().equals("file")
          ? Path.of(config.toURI()).resolveSibling("")
          : copyFromJar(name);
    } catch (URISyntaxException e) {
      throw new IllegalStateException("resource " + config, e);
    }
  }

  private static Path copyFromJar(String name) {
    try {
      Path directory = Files.createTempDirectory(name);
      directory.toFile().deleteOnExit();
      for (String file : FILES) {
        try (InputStream in =
            TestModels.class.getResourceAsStream("/models/" + name + "/" + file)) {
          if (in != null) {
            Path copy = directory.resolve(file);
            copy.toFile().deleteOnExit();
            Files.copy(in, copy);
          }
        }
      }
      return directory;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * A model of the shared test data: {@code shared/models/name} beside the repository or in the
   * directory that the system property or environment variable {@code GATUN_SHARED} names.
   */
  public static Optional<Path> shared(String name) {
    String property = System.getProperty("GATUN_SHARED", System.getenv("GATUN_SHARED"));
    if (property != null) {
      return existing(Path.of(property, "models", name));
    }
    Path at = FileSystems.getDefault().getPath("").toAbsolutePath();
    for (Path up = at; up != null; up = up.getParent()) {
      if (Files.exists(up.resolve(".git")) && up.getParent() != null) {
        return existing(up.resolveSibling("shared").resolve("models").resolve(name));
      }
    }
    return Optional.empty();
  }

  private static Optional<Path> existing(Path path) {
    return Files.isDirectory(path) ? Optional.of(path) : Optional.empty();
  }
}
