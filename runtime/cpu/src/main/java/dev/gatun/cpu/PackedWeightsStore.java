package dev.gatun.cpu;

import dev.gatun.tensor.PackedWeightsPlace;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The packed weights of one model between two starts. What an earlier start has kept is mapped, and
 * shared with every other process that maps it; what is missing is packed, and the whole is written
 * by a thread of its own once all is placed. The file's name has a digest of the model, of how it
 * is rounded and of the library that packed it, so that it cannot be taken for another. Whatever
 * fails costs the time to pack and a warning, never the start. Engine thread.
 */
final class PackedWeightsStore implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(PackedWeightsStore.class);
  private static final String SUFFIX = ".packed";
  private static final String UNFINISHED = ".unfinished";
  private static final int DIGEST_CHARACTERS = 32;

  private final Path directory;
  private final String label;
  private final Path file;
  private final Arena arena = Arena.ofShared();
  private final Map<String, MemorySegment> weights = new LinkedHashMap<>();
  private boolean isComplete = true;
  private @Nullable Thread writer;

  /** Maps what is there. */
  PackedWeightsStore(PackedWeightsPlace place, CpuLibrary library) {
    CpuIsa isa = library.isa();
    byte[] code = NativeFile.read(isa.platform(), isa.fileName());
    directory = place.directory();
    label = place.label() + "-" + isa.isaName() + "-";
    file = directory.resolve(label + digest(place.key(), code) + SUFFIX);
    try {
      weights.putAll(PackedFile.map(file, arena));
      log.info("packed weights are mapped file={}", file);
    } catch (NoSuchFileException e) {
      log.info("packed weights will be kept for the next start file={}", file);
    } catch (IOException e) {
      log.warn("packed weights are packed again, {} cannot be used: {}", file, e.getMessage());
    }
  }

  private static String digest(String key, byte[] library) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(HexFormat.of().parseHex(key));
      String whole = HexFormat.of().formatHex(digest.digest(library));
      return whole.substring(0, DIGEST_CHARACTERS);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /** The packed weights of that name and size; null if they are to be packed. */
  @Nullable MemorySegment find(String name, long bytes) {
    MemorySegment found = weights.get(name);
    return found == null || found.byteSize() != bytes ? null : found;
  }

  /** Remembers packed weights that were not found. They must live until this is closed. */
  void keep(String name, MemorySegment packed) {
    weights.put(name, packed);
    isComplete = false;
  }

  /** All weights are there: begins to write them if some were not found. */
  void save() {
    if (!isComplete) {
      isComplete = true;
      Map<String, MemorySegment> whole = new LinkedHashMap<>(weights);
      writer = Thread.ofPlatform().name("gatun-packed-weights").daemon().start(() -> write(whole));
    }
  }

  private void write(Map<String, MemorySegment> whole) {
    long start = System.nanoTime();
    String ownName = file.getFileName() + "." + ProcessHandle.current().pid() + UNFINISHED;
    Path unfinished = directory.resolve(ownName);
    try {
      Files.createDirectories(directory);
      try {
        Files.deleteIfExists(unfinished);
        PackedFile.write(unfinished, whole);
        Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(unfinished);
      }
      deleteOthers();
      double seconds = (System.nanoTime() - start) / 1e9;
      log.info("packed weights are kept file={} seconds={}", file, "%.1f".formatted(seconds));
    } catch (ClosedByInterruptException e) {
      log.info("packed weights are not kept, the server stopped while they were written");
    } catch (IOException e) {
      log.warn("packed weights cannot be kept in {}: {}", directory, e.toString());
    }
  }

  /** Of an earlier state of the model or of the library, or left by a process that was killed. */
  private void deleteOthers() throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, label + "*")) {
      for (Path other : files) {
        if (isReplaced(other) || isAbandoned(other)) {
          Files.deleteIfExists(other);
        }
      }
    }
  }

  private boolean isReplaced(Path other) {
    return other.toString().endsWith(SUFFIX) && !other.equals(file);
  }

  private static boolean isAbandoned(Path other) throws IOException {
    if (!other.toString().endsWith(UNFINISHED)) {
      return false;
    }
    long age = System.currentTimeMillis() - Files.getLastModifiedTime(other).toMillis();
    return age > Duration.ofHours(1).toMillis();
  }

  /** Waits until all is written, or could not be. */
  void awaitSaved() {
    Thread running = writer;
    boolean isInterrupted = false;
    while (running != null && running.isAlive()) {
      try {
        running.join();
      } catch (InterruptedException e) {
        isInterrupted = true;
      }
    }
    if (isInterrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Gives up what is being written; a process that ends early leaves no part behind. */
  @Override
  public void close() {
    if (writer != null) {
      writer.interrupt();
    }
    awaitSaved();
    arena.close();
  }
}
