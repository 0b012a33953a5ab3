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

/**
 * Loads a native library that lies among the resources. It is copied to a file first, in the first
 * directory that takes files and lets them be executed; the copy is deleted once it is loaded,
 * which Linux allows, so nothing is left behind even after a crash.
 */
final class NativeFile {
  private NativeFile() {}

  /** Where copies may go: a read-only root file system still has the memory file system. */
  static List<Path> directories() {
    return List.of(Path.of(System.getProperty("java.io.tmpdir")), Path.of("/dev/shm"));
  }

  /** Whether the jars on the class path hold the library. */
  static boolean isPackaged(Platform platform, String fileName) {
    return NativeFile.class.getResource(resource(platform, fileName)) != null;
  }

  private static String resource(Platform platform, String fileName) {
    return "native/" + platform.directory() + "/" + fileName;
  }

  /**
   * Loads the library for the life of the process.
   *
   * @throws BackendException if no directory will do, naming each with its reason
   */
  static SymbolLookup load(Platform platform, String fileName, List<Path> directories) {
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

  // Loading native code is what this class is for; the launcher grants it.
  @SuppressWarnings("restricted")
  private static SymbolLookup loadFrom(Platform platform, String fileName, Path directory)
      throws IOException {
    Path copy = Files.createTempFile(directory, "gatun-", "-" + fileName);
    String resource = resource(platform, fileName);
    try (InputStream in = NativeFile.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalArgumentException(resource + " is not in the jars");
      }
      Files.copy(in, copy, StandardCopyOption.REPLACE_EXISTING);
      return SymbolLookup.libraryLookup(copy, Arena.global());
    } finally {
      Files.deleteIfExists(copy);
    }
  }
}
