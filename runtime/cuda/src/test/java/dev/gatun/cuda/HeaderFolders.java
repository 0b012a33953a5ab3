package dev.gatun.cuda;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Where NVIDIA's headers are looked for: the folders that a property names, CPATH, CUDA_HOME, the
 * folders of Python's wheels and of conda, the system's own.
 */
final class HeaderFolders {
  static final String PROPERTY = "gatun.cuda.include";

  /** What brings a header, where there is no toolkit. */
  private static final Map<String, String> WHEELS =
      Map.of(
          "cuda.h", "nvidia-cuda-runtime",
          "cublasLt.h", "nvidia-cublas nvidia-cuda-runtime nvidia-cuda-crt",
          "nvml.h", "nvidia-nvml-dev",
          "nccl.h", "nvidia-nccl-cu13 nvidia-cuda-runtime nvidia-cuda-crt");

  private HeaderFolders() {}

  /**
   * Those that exist. The test is skipped, with a way out, if the header or one that it includes is
   * in none of them.
   */
  static List<Path> with(String header) throws Exception {
    List<Path> folders = existing();
    Optional<String> absent = HeaderProbe.absentInclude(header, folders);
    absent.ifPresent(name -> System.out.println(whyNot(header, name)));
    assumeTrue(absent.isEmpty(), () -> whyNot(header, absent.orElse("")));
    return folders;
  }

  private static String whyNot(String header, String absent) {
    return ("bindings not compared with %s: %s is not here; 'pip install %s' in an active virtual"
            + " environment brings it, -D%s=DIR[:DIR] names folders of headers")
        .formatted(header, absent, WHEELS.get(header), PROPERTY);
  }

  private static List<Path> existing() {
    Map<String, String> environment = System.getenv();
    String named = System.getProperty(PROPERTY, "");
    Set<Path> folders = new LinkedHashSet<>();
    for (String list : List.of(named, environment.getOrDefault("CPATH", ""))) {
      Stream.of(list.split(":"))
          .filter(part -> !part.isEmpty())
          .map(Path::of)
          .forEach(folders::add);
    }
    folders.add(Path.of(environment.getOrDefault("CUDA_HOME", "/usr/local/cuda"), "include"));
    for (Path wheel : new LibraryPath(Optional.empty()).wheelFolders()) {
      folders.add(wheel.resolveSibling("include"));
    }
    String conda = environment.getOrDefault("CONDA_PREFIX", "");
    if (!conda.isEmpty()) {
      folders.add(Path.of(conda, "include"));
      folders.add(Path.of(conda, "targets/x86_64-linux/include"));
    }
    return folders.stream().filter(Files::isDirectory).toList();
  }
}
