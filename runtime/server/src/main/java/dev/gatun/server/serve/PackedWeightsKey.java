package dev.gatun.server.serve;

import dev.gatun.model.ModelLoadException;
import dev.gatun.model.directory.ModelDirectory;
import dev.gatun.model.spec.WeightRounding;
import dev.gatun.tensor.PackedWeightsPlace;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/**
 * What packed weights were made from: SHA-256 over the model's fingerprint, and the name, size and
 * time of change of every weight file. The fingerprint alone reads one page per tensor, so the time
 * is what tells a file that was changed within.
 */
final class PackedWeightsKey {
  private PackedWeightsKey() {}

  /**
   * Where the packed weights of a model belong.
   *
   * @throws ModelLoadException if a file of the model cannot be read
   */
  static PackedWeightsPlace place(Path into, ModelDirectory directory) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      directory.fingerprint(digest);
      for (Path file : weightFiles(directory.path())) {
        BasicFileAttributes facts = Files.readAttributes(file, BasicFileAttributes.class);
        String line =
            "%s %d %s%n".formatted(file.getFileName(), facts.size(), facts.lastModifiedTime());
        digest.update(line.getBytes(StandardCharsets.UTF_8));
      }
      String key = HexFormat.of().formatHex(digest.digest());
      return new PackedWeightsPlace(into, label(directory.path(), directory.rounding()), key);
    } catch (IOException e) {
      throw new ModelLoadException(directory.path() + " cannot be read: " + e.getMessage(), e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  private static Set<Path> weightFiles(Path directory) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*.safetensors")) {
      Set<Path> sorted = new TreeSet<>();
      files.forEach(sorted::add);
      return sorted;
    }
  }

  private static String label(Path model, WeightRounding rounding) {
    Path name = model.toAbsolutePath().normalize().getFileName();
    String safe = String.valueOf(name).replaceAll("[^A-Za-z0-9._-]", "_");
    return rounding == WeightRounding.NONE
        ? safe
        : safe + "-" + rounding.name().toLowerCase(Locale.ROOT);
  }
}
