package dev.gatun.model.weights;

import dev.gatun.model.ModelLoadException;
import dev.gatun.tensor.Tensor;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The safetensors files of a model directory as one set of tensors: {@code model.safetensors}, or
 * the shards that {@code model.safetensors.index.json} names. Owns the mappings; closing it makes
 * every tensor unreadable.
 */
public final class WeightFiles implements AutoCloseable {
  /** The file of an unsharded model. */
  public static final String SINGLE_FILE_NAME = "model.safetensors";

  private static final long FINGERPRINT_PAGE_BYTES = 4096;

  private final Arena arena;
  private final Map<String, Tensor> tensors;
  private final long mappedBytes;

  private WeightFiles(Arena arena, Map<String, Tensor> tensors, long mappedBytes) {
    this.arena = arena;
    this.tensors = tensors;
    this.mappedBytes = mappedBytes;
  }

  /**
   * Maps the weight files of a directory. A single file wins over an index, as elsewhere.
   *
   * @throws ModelLoadException if there are none or one of them is malformed
   */
  public static WeightFiles open(Path directory) {
    Arena arena = Arena.ofShared();
    boolean opened = false;
    try {
      WeightFiles files = open(directory, arena);
      opened = true;
      return files;
    } finally {
      if (!opened) {
        arena.close();
      }
    }
  }

  private static WeightFiles open(Path directory, Arena arena) {
    Path single = directory.resolve(SINGLE_FILE_NAME);
    if (Files.exists(single)) {
      SafetensorsFile file = SafetensorsFile.open(single, arena);
      return new WeightFiles(arena, file.tensors(), file.sizeBytes());
    }
    Path index = directory.resolve(ShardIndex.FILE_NAME);
    if (Files.exists(index)) {
      return openShards(directory, ShardIndex.read(index), arena);
    }
    throw new ModelLoadException(
        "no weights in "
            + directory
            + ": neither "
            + SINGLE_FILE_NAME
            + " nor "
            + ShardIndex.FILE_NAME);
  }

  /**
   * Only tensors that the index lists are taken, each from the shard named there, so that a tensor
   * repeated in another shard cannot shadow it.
   */
  private static WeightFiles openShards(Path directory, Map<String, String> index, Arena arena) {
    Map<String, SafetensorsFile> shards = new HashMap<>();
    Map<String, Tensor> tensors = LinkedHashMap.newLinkedHashMap(index.size());
    long mappedBytes = 0;
    for (Map.Entry<String, String> entry : index.entrySet()) {
      String name = entry.getValue();
      SafetensorsFile shard = shards.get(name);
      if (shard == null) {
        shard = openShard(directory.resolve(name), entry.getKey(), arena);
        shards.put(name, shard);
        mappedBytes += shard.sizeBytes();
      }
      Tensor tensor = shard.tensors().get(entry.getKey());
      if (tensor == null) {
        throw new ModelLoadException(
            "%s lists tensor '%s' in %s, which does not hold it"
                .formatted(ShardIndex.FILE_NAME, entry.getKey(), name));
      }
      tensors.put(entry.getKey(), tensor);
    }
    return new WeightFiles(arena, tensors, mappedBytes);
  }

  private static SafetensorsFile openShard(Path path, String tensor, Arena arena) {
    if (!Files.exists(path)) {
      throw new ModelLoadException(
          "shard %s is missing; %s lists tensor '%s' in it"
              .formatted(path.getFileName(), ShardIndex.FILE_NAME, tensor));
    }
    return SafetensorsFile.open(path, arena);
  }

  /** A tensor by the name the files give it. */
  public Optional<Tensor> find(String fileTensorName) {
    return Optional.ofNullable(tensors.get(fileTensorName));
  }

  /** All tensors by file name. */
  public Map<String, Tensor> tensors() {
    return Collections.unmodifiableMap(tensors);
  }

  /** Size of all mapped files in bytes. */
  public long mappedBytes() {
    return mappedBytes;
  }

  /**
   * Adds what tells these weights from others, the same for one file and for shards: name, type and
   * shape of every tensor and the page it begins with. Pages and not everything, because reading
   * all weights would undo the point of mapping them; a tensor that was trained differs at once.
   */
  void fingerprint(MessageDigest digest) {
    for (Map.Entry<String, Tensor> entry : new TreeMap<>(tensors).entrySet()) {
      Tensor tensor = entry.getValue();
      digest.update((entry.getKey() + tensor + "\n").getBytes(StandardCharsets.UTF_8));
      long length = Math.min(tensor.data().byteSize(), FINGERPRINT_PAGE_BYTES);
      digest.update(tensor.data().asSlice(0, length).asByteBuffer());
    }
  }

  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }
}
