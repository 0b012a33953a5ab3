package dev.gatun.model.weights;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.gatun.model.ModelLoadException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Reads {@code model.safetensors.index.json}: {@code {"metadata": {...}, "weight_map": {"tensor":
 * "shard file", ...}}}.
 */
final class ShardIndex {
  static final String FILE_NAME = "model.safetensors.index.json";

  static final long MAX_BYTES = SafetensorsHeader.MAX_HEADER_BYTES;
  private static final int MAX_SHARD_NAME_CHARS = 255;

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .streamReadConstraints(
              StreamReadConstraints.builder().maxNestingDepth(8).maxNameLength(4096).build())
          .build();

  private ShardIndex() {}

  /**
   * Reads the index of a directory.
   *
   * @return shard file name by tensor name, in file order
   * @throws ModelLoadException if it is malformed or a shard name is not a plain file name
   */
  static Map<String, String> read(Path file) {
    checkSize(file);
    try (JsonParser parser = JSON.createParser(Utf8.reader(Files.newInputStream(file)))) {
      return readWeightMap(parser);
    } catch (JsonProcessingException e) {
      throw refused("is not valid: " + e.getOriginalMessage(), e);
    } catch (CharacterCodingException e) {
      throw refused("is not UTF-8", e);
    } catch (IOException e) {
      throw refused("cannot be read: " + e.getMessage(), e);
    }
  }

  private static void checkSize(Path file) {
    try {
      long size = Files.size(file);
      if (size > MAX_BYTES) {
        throw refused("has " + size + " bytes, the limit is " + MAX_BYTES);
      }
    } catch (IOException e) {
      throw refused("cannot be read: " + e.getMessage(), e);
    }
  }

  private static Map<String, String> readWeightMap(JsonParser parser) throws IOException {
    Map<String, String> shards = new LinkedHashMap<>();
    if (parser.nextToken() != JsonToken.START_OBJECT) {
      throw refused("is not a JSON object");
    }
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String field = parser.currentName();
      JsonToken value = parser.nextToken();
      if (!field.equals("weight_map")) {
        parser.skipChildren();
      } else if (value == JsonToken.START_OBJECT) {
        readShards(parser, shards);
      } else {
        throw refused("weight_map is not a JSON object");
      }
    }
    if (parser.nextToken() != null) {
      throw refused("has text behind the JSON object");
    }
    if (shards.isEmpty()) {
      throw refused("has no weight_map or an empty one");
    }
    return shards;
  }

  private static void readShards(JsonParser parser, Map<String, String> shards) throws IOException {
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String tensor = parser.currentName();
      if (parser.nextToken() != JsonToken.VALUE_STRING) {
        throw refused("tensor '" + tensor + "' has no shard file name");
      }
      if (shards.size() == SafetensorsHeader.MAX_TENSORS) {
        throw refused("lists more than " + SafetensorsHeader.MAX_TENSORS + " tensors");
      }
      shards.put(tensor, checkName(tensor, parser.getText()));
    }
  }

  /** A shard lies beside its index; anything that could lead elsewhere is refused. */
  private static String checkName(String tensor, String shard) {
    boolean plain =
        !shard.isEmpty()
            && shard.length() <= MAX_SHARD_NAME_CHARS
            && shard.endsWith(".safetensors")
            && shard.chars().allMatch(ShardIndex::isNameCharacter)
            && shard.charAt(0) != '.';
    if (!plain) {
      throw refused(
          "tensor '"
              + tensor
              + "' names shard '"
              + shard
              + "', not a plain file name ending in .safetensors");
    }
    return shard;
  }

  private static boolean isNameCharacter(int c) {
    return c > ' ' && c != '/' && c != '\\' && c != ':' && c != 0x7f;
  }

  private static ModelLoadException refused(String message) {
    return new ModelLoadException(FILE_NAME + " " + message);
  }

  private static ModelLoadException refused(String message, Throwable cause) {
    return new ModelLoadException(FILE_NAME + " " + message, cause);
  }
}
