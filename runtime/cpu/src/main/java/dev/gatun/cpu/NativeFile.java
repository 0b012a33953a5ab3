package dev.gatun.cpu;

import dev.gatun.tensor.BackendException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;

/**
 * Loads a native library that lies among the resources. It is copied to a file first, in the first
 * directory that takes files and lets them be executed; the copy is deleted once it is loaded,
 * which Linux allows, so nothing is left behind even after a crash. A library that lies unpacked in
 * the directory of {@link #UNPACKED}, as in the container image, is loaded from there instead, and
 * nothing is written.
 */
final class NativeFile {
  /** System property that names a directory of libraries that the build has unpacked. */
  static final String UNPACKED = "gatun.natives";

  private NativeFile() {}

  /** Where copies may go: a read-only root file system still has the memory file system. */
  static List<Path> directories() {
    return List.of(Path.of(System.getProperty("java.io.tmpdir")), Path.of("/dev/shm"));
  }

  /** Whether the library lies unpacked or the jars on the class path hold it. */
  static boolean isPackaged(Platform platform, String fileName) {
    return unpacked(fileName).isPresent()
        || NativeFile.class.getResource(resource(platform, fileName)) != null;
  }

  private static Optional<Path> unpacked(String fileName) {
    return Optional.ofNullable(System.getProperty(UNPACKED))
        .map(directory -> Path.of(directory, fileName))
        .filter(Files::isReadable);
  }

  private static String resource(Platform platform, String fileName) {
    return "native/" + platform.directory() + "/" + fileName;
  }

  /**
   * Its code.
   *
   * @throws BackendException if it cannot be read
   */
  static byte[] read(Platform platform, String fileName) {
    Optional<Path> unpacked = unpacked(fileName);
    String resource = resource(platform, fileName);
    try (InputStream in =
        unpacked.isPresent()
            ? Files.newInputStream(unpacked.get())
            : NativeFile.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new BackendException(resource + " is not in the jars");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new BackendException(fileName + " cannot be read: " + e.getMessage(), e);
    }
  }

  /**
   * Loads the library for the life of the process.
   *
   * @throws BackendException if no directory will do, naming each with its reason
   */
  static SymbolLookup load(Platform platform, String fileName, List<Path> directories) {
    Optional<Path> unpacked = unpacked(fileName);
    if (unpacked.isPresent()) {
      return loadUnpacked(unpacked.get());
    }
    StringBuilder reasons = new StringBuilder();
    for (Path directory : directories) {
      try {
        return loadFrom(platform, fileName, directory);
      } catch (IOException | IllegalArgumentException e) {
        reasons.append("; ").append(directory).append(": ").append(e.getMessage());
      }
    }
    throw new BackendException(
        ("%s cannot be unpacked and loaded; it needs glibc (musl will not do) of the build's age"
                + " and a directory, to be named with -Djava.io.tmpdir%s")
            .formatted(fileName, reasons));
  }

  private static SymbolLookup loadUnpacked(Path file) {
    try {
      return lookup(file);
    } catch (IllegalArgumentException e) {
      throw new BackendException(file + " cannot be loaded: " + e.getMessage(), e);
    }
  }

  // Loading native code is what this class is for; the launcher grants it.
  @SuppressWarnings("restricted")
  private static SymbolLookup lookup(Path file) {
    return SymbolLookup.libraryLookup(file, Arena.global());
  }

  private static SymbolLookup loadFrom(Platform platform, String fileName, Path directory)
      throws IOException {
    Path copy = Files.createTempFile(directory, "gatun-", "-" + fileName);
    String resource = resource(platform, fileName);
    try (InputStream in = NativeFile.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalArgumentException(resource + " is not in the jars");
      }
      Files.copy(in, copy, StandardCopyOption.REPLACE_EXISTING);
      return lookup(copy);
    } finally {
      Files.deleteIfExists(copy);
    }
  }
}
