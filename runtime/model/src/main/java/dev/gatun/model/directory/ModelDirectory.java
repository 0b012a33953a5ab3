package dev.gatun.model.directory;

import dev.gatun.model.ModelLoadException;
import dev.gatun.model.arch.Architectures;
import dev.gatun.model.config.ConfigFile;
import dev.gatun.model.config.ModelConfig;
import dev.gatun.model.spec.ModelSpec;
import dev.gatun.model.spec.WeightRounding;
import dev.gatun.model.weights.ModelWeights;
import dev.gatun.model.weights.WeightFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.List;
import java.util.stream.Stream;

/**
 * A model directory that can be served: its config understood, its weight files mapped. Owns the
 * mappings; close it after the backend that reads them.
 */
public final class ModelDirectory implements AutoCloseable {
  private static final List<String> FOREIGN_SUFFIXES = List.of(".bin", ".pt", ".pth", ".gguf");

  private final Path path;
  private final ModelConfig config;
  private final ModelSpec spec;
  private final ModelWeights weights;

  private ModelDirectory(Path path, ModelConfig config, ModelSpec spec, ModelWeights weights) {
    this.path = path;
    this.config = config;
    this.spec = spec;
    this.weights = weights;
  }

  /** Opens a directory whose weights are used as they are stored. */
  public static ModelDirectory open(Path directory) {
    return open(directory, WeightRounding.NONE);
  }

  /**
   * Opens a directory in Hugging Face's layout.
   *
   * @param rounding what becomes of linear layers that are stored as floats
   * @throws ModelLoadException saying what is missing, malformed or not supported
   */
  public static ModelDirectory open(Path directory, WeightRounding rounding) {
    if (!Files.isDirectory(directory)) {
      throw new ModelLoadException("model directory " + directory + " does not exist");
    }
    ConfigFile file = ConfigFile.read(directory);
    Architectures.Match match = Architectures.match(file);
    ModelConfig config = ModelConfig.of(file, match.name(), match.architecture().configDefaults());
    if (rounding != WeightRounding.NONE && config.quantization().isPresent()) {
      throw new ModelLoadException(
          "weights of %s cannot be rounded to %s, they are quantised already: %s"
              .formatted(directory, rounding, config.quantization().get()));
    }
    ModelSpec spec = match.architecture().spec(config);
    refuseForeignWeights(directory);
    WeightFiles files = WeightFiles.open(directory);
    ModelWeights weights =
        new ModelWeights(
            files, match.architecture().weightMap(spec), config.quantization(), rounding);
    return new ModelDirectory(directory, config, spec, weights);
  }

  /** A directory with weights in another format alone deserves a better word than "no weights". */
  private static void refuseForeignWeights(Path directory) {
    List<String> names = fileNames(directory);
    boolean hasSafetensors = names.stream().anyMatch(name -> name.contains(".safetensors"));
    List<String> foreign =
        names.stream().filter(n -> FOREIGN_SUFFIXES.stream().anyMatch(n::endsWith)).toList();
    if (!hasSafetensors && !foreign.isEmpty()) {
      throw new ModelLoadException(
          "weights in %s are not safetensors: %s; convert them to %s"
              .formatted(directory, String.join(", ", foreign), WeightFiles.SINGLE_FILE_NAME));
    }
  }

  private static List<String> fileNames(Path directory) {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    } catch (IOException e) {
      throw new ModelLoadException(
          "model directory " + directory + " cannot be listed: " + e.getMessage(), e);
    }
  }

  public Path path() {
    return path;
  }

  public ModelConfig config() {
    return config;
  }

  public ModelSpec spec() {
    return spec;
  }

  /** What linear layers that are stored as floats become while they are placed. */
  public WeightRounding rounding() {
    return weights.rounding();
  }

  public ModelWeights weights() {
    return weights;
  }

  /**
   * Adds what tells this model from others, the same on every replica: config.json and {@link
   * ModelWeights#fingerprint}.
   *
   * @throws ModelLoadException if config.json cannot be read
   */
  public void fingerprint(MessageDigest digest) {
    Path file = path.resolve(ConfigFile.FILE_NAME);
    try {
      digest.update(Files.readAllBytes(file));
    } catch (IOException e) {
      throw new ModelLoadException(file + " cannot be read: " + e.getMessage(), e);
    }
    weights.fingerprint(digest);
  }

  @Override
  public void close() {
    weights.close();
  }
}
