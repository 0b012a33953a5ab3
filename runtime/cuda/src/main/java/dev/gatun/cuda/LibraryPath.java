package dev.gatun.cuda;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Where NVIDIA's libraries are looked for, first to last: the directory that was named, the
 * system's own search (which knows LD_LIBRARY_PATH), CUDA_HOME, and the folders in which Python
 * wheels named nvidia-* bring them.
 */
final class LibraryPath {
  private static final List<String> PYTHON_ROOTS =
      List.of("/usr/local/lib", "/usr/lib", "/opt/conda/lib");

  private final Optional<Path> named;
  private final Map<String, String> environment;
  private final List<Path> pythonRoots;

  /** With a directory that the operator named, if any. */
  LibraryPath(Optional<Path> named) {
    this(named, System.getenv(), PYTHON_ROOTS.stream().map(Path::of).toList());
  }

  /** With given surroundings, for tests. */
  LibraryPath(Optional<Path> named, Map<String, String> environment, List<Path> pythonRoots) {
    this.named = named;
    this.environment = environment;
    this.pythonRoots = pythonRoots;
  }

  /**
   * What to hand to the loader, in order: files that exist, and the bare name for its own search.
   */
  List<String> candidates(String fileName) {
    List<String> candidates = new ArrayList<>();
    named.ifPresent(directory -> addIfPresent(directory.resolve(fileName), candidates));
    candidates.add(fileName);
    for (Path directory : cudaHome()) {
      addIfPresent(directory.resolve(fileName), candidates);
    }
    for (Path directory : wheelFolders()) {
      addIfPresent(directory.resolve(fileName), candidates);
    }
    return candidates;
  }

  private static void addIfPresent(Path file, List<String> candidates) {
    if (Files.isReadable(file)) {
      candidates.add(file.toString());
    }
  }

  private List<Path> cudaHome() {
    String home = environment.get("CUDA_HOME");
    Path root = Path.of(home == null || home.isEmpty() ? "/usr/local/cuda" : home);
    return List.of(root.resolve("lib64"), root.resolve("lib"), root.resolve("compat"));
  }

  /** {@code site-packages/nvidia/NAME/lib} of every Python at hand. */
  List<Path> wheelFolders() {
    Set<Path> libraries = new LinkedHashSet<>(pythonRoots);
    for (String variable : List.of("VIRTUAL_ENV", "CONDA_PREFIX")) {
      String prefix = environment.get(variable);
      if (prefix != null && !prefix.isEmpty()) {
        libraries.add(Path.of(prefix, "lib"));
      }
    }
    List<Path> folders = new ArrayList<>();
    for (Path library : libraries) {
      for (Path python : children(library, "python3*")) {
        for (String packages : List.of("site-packages", "dist-packages")) {
          for (Path wheel : children(python.resolve(packages).resolve("nvidia"), "*")) {
            folders.add(wheel.resolve("lib"));
          }
        }
      }
    }
    return folders;
  }

  private static List<Path> children(Path directory, String glob) {
    List<Path> found = new ArrayList<>();
    if (Files.isDirectory(directory)) {
      try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory, glob)) {
        entries.forEach(found::add);
      } catch (IOException e) {
        // A folder that cannot be read holds nothing for us.
        return List.of();
      }
    }
    found.sort(null);
    return found;
  }

  /** The places in words, for the sentence that says that a library is absent. */
  String describe() {
    String loaderPath = environment.getOrDefault("LD_LIBRARY_PATH", "");
    return "%sthe system's library path, LD_LIBRARY_PATH (%s), CUDA_HOME (%s) and %s"
        .formatted(
            named.map(directory -> "--cuda-lib-dir " + directory + ", ").orElse(""),
            loaderPath.isEmpty() ? "not set" : loaderPath,
            environment.getOrDefault("CUDA_HOME", "not set"),
            wheels());
  }

  private String wheels() {
    int count = wheelFolders().size();
    return count == 0
        ? "nvidia-* wheels of Python (none found)"
        : "the folders of %d nvidia-* wheels of Python".formatted(count);
  }
}
