package dev.gatun.model.config;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.gatun.model.ModelLoadException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A config.json that has been parsed and not yet understood. */
public final class ConfigFile {
  public static final String FILE_NAME = "config.json";

  private static final long MAX_BYTES = 16 << 20;

  private static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(64).build())
                  .build())
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private final JsonFields fields;

  private ConfigFile(JsonFields fields) {
    this.fields = fields;
  }

  /**
   * Reads the config.json of a directory.
   *
   * @throws ModelLoadException if it is absent, too large or not a JSON object
   */
  public static ConfigFile read(Path directory) {
    Path file = directory.resolve(FILE_NAME);
    try {
      if (!Files.exists(file)) {
        throw new ModelLoadException("no " + FILE_NAME + " in " + directory);
      }
      long size = Files.size(file);
      if (size > MAX_BYTES) {
        throw new ModelLoadException(
            FILE_NAME + " has " + size + " bytes, the limit is " + MAX_BYTES);
      }
      ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file));
      return parse(StandardCharsets.UTF_8.newDecoder().decode(bytes).toString());
    } catch (CharacterCodingException e) {
      throw new ModelLoadException(FILE_NAME + " is not UTF-8", e);
    } catch (IOException e) {
      throw new ModelLoadException(FILE_NAME + " cannot be read: " + e.getMessage(), e);
    }
  }

  /** As {@link #read}, from the text of the file. */
  static ConfigFile parse(String text) {
    try {
      JsonNode root = JSON.readTree(text);
      if (root == null || !root.isObject()) {
        throw new ModelLoadException(FILE_NAME + " is not a JSON object");
      }
      return new ConfigFile(new JsonFields("", root));
    } catch (JsonProcessingException e) {
      throw new ModelLoadException(FILE_NAME + " is not valid JSON: " + e.getOriginalMessage(), e);
    }
  }

  /**
   * The names under {@code architectures}.
   *
   * @throws ModelLoadException if there is none
   */
  public List<String> architectures() {
    JsonNode list = fields.node("architectures");
    List<String> names = new ArrayList<>();
    if (list != null && list.isArray()) {
      for (JsonNode name : list) {
        if (!name.isTextual()) {
          throw new ModelLoadException(
              FILE_NAME + ": architectures holds " + name + ", not a string");
        }
        names.add(name.textValue());
      }
    }
    if (names.isEmpty()) {
      throw new ModelLoadException(FILE_NAME + ": architectures names none: " + list);
    }
    return names;
  }

  JsonFields fields() {
    return fields;
  }
}
