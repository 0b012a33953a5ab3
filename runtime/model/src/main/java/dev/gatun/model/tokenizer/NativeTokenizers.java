package dev.gatun.model.tokenizer;

import ai.djl.huggingface.tokenizers.jni.LibUtils;
import ai.djl.util.cuda.CudaUtils;
import dev.gatun.model.ModelLoadException;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Loads the native tokenizers library once per process.
 *
 * <p>The library lies in the jar and is unpacked to {@code DJL_CACHE_DIR}, by default a directory
 * of the user's home. Containers often have a read-only home, or none: then it is unpacked to a
 * fresh temporary directory, which is deleted again as soon as the library is mapped.
 */
final class NativeTokenizers {

  /** Variables (or system properties) by which an operator has already chosen a place. */
  private static final List<String> CHOSEN_PLACES =
      List.of("DJL_CACHE_DIR", "ENGINE_CACHE_DIR", "RUST_LIBRARY_PATH");

  static {
    // A serving process asks nobody on the network, neither for libraries nor to count its starts.
    System.setProperty("ai.djl.offline", "true");
    System.setProperty("OPT_OUT_TRACKING", "true");
  }

  /** Makes the library look for GPUs in a child process, and load nothing to do so in this one. */
  private static final String LOOK_ELSEWHERE = "ai.djl.util.cuda.fork";

  private NativeTokenizers() {}

  /** Loads the library when this is the first call; throws ModelLoadException when that fails. */
  static synchronized void load() {
    try {
      forgetGpus();
      if (CHOSEN_PLACES.stream().anyMatch(NativeTokenizers::isChosen)
          || isWritable(Path.of(System.getProperty("user.home", "")))) {
        LibUtils.checkStatus();
      } else {
        loadFromTemporaryDirectory();
      }
    } catch (RuntimeException | UnsatisfiedLinkError | IOException e) {
      throw new ModelLoadException(
          "the native tokenizers library cannot be loaded ("
              + e.getMessage()
              + "); give a writable directory that may hold executable files by DJL_CACHE_DIR",
          e);
    }
  }

  /**
   * Keeps the library from looking for GPUs, which it would do to choose among builds of itself of
   * which there is one. It would unpack another library into the temporary directory, and load the
   * CUDA runtime where there is one. What it decides when its class is initialised holds.
   */
  private static void forgetGpus() {
    String before = System.getProperty(LOOK_ELSEWHERE);
    System.setProperty(LOOK_ELSEWHERE, "true");
    try {
      MethodHandles.lookup().ensureInitialized(CudaUtils.class);
    } catch (IllegalAccessException e) {
      throw new IllegalStateException("the class is public", e);
    } finally {
      if (before == null) {
        System.clearProperty(LOOK_ELSEWHERE);
      } else {
        System.setProperty(LOOK_ELSEWHERE, before);
      }
    }
  }

  private static boolean isChosen(String name) {
    String variable = System.getenv(name);
    return (variable != null && !variable.isEmpty()) || !System.getProperty(name, "").isEmpty();
  }

  /** Whether the library's default directory below {@code home} exists or can be made. */
  static boolean isWritable(Path home) {
    if (!home.isAbsolute()) {
      return false; // user.home is "?" for a user id without a passwd entry
    }
    Path cache = home.resolve(".djl.ai").resolve("tokenizers");
    try {
      Files.createDirectories(cache);
      return Files.isWritable(cache);
    } catch (IOException _) {
      return false; // read-only home: the answer, not a failure
    }
  }

  private static void loadFromTemporaryDirectory() throws IOException {
    Path directory = Files.createTempDirectory("gatun-tokenizers-");
    System.setProperty("DJL_CACHE_DIR", directory.toString());
    try {
      LibUtils.checkStatus();
    } finally {
      System.clearProperty("DJL_CACHE_DIR");
      deleteTree(directory);
    }
  }

  private static void deleteTree(Path directory) throws IOException {
    try (Stream<Path> paths = Files.walk(directory)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
