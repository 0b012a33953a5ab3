package dev.gatun.model.chat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.gatun.model.ModelLoadException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Where model directories keep chat templates and special tokens. */
final class TemplateFiles {

  static final String DEFAULT = "default";

  private static final List<String> SPECIAL_TOKENS =
      List.of(
          "bos_token",
          "eos_token",
          "unk_token",
          "sep_token",
          "pad_token",
          "cls_token",
          "mask_token");
  private static final JsonMapper MAPPER = new JsonMapper();

  private final Path modelDir;
  private final Path configFile;
  private final JsonNode config;

  TemplateFiles(Path modelDir) {
    this.modelDir = modelDir;
    this.configFile = modelDir.resolve("tokenizer_config.json");
    this.config = json(configFile);
  }

  /** Template sources by name; empty if the model has none. */
  Map<String, Source> sources() {
    Map<String, Source> sources = new LinkedHashMap<>();
    Path file = modelDir.resolve("chat_template.jinja");
    if (Files.exists(file)) {
      sources.put(DEFAULT, new Source(file, text(file)));
      addFilesOf(modelDir.resolve("additional_chat_templates"), sources);
      return sources;
    }
    addField(configFile, config, sources);
    if (sources.isEmpty()) {
      Path processorFile = modelDir.resolve("chat_template.json");
      addField(processorFile, json(processorFile), sources);
    }
    return sources;
  }

  /** The special tokens that templates may name, as text. */
  Map<String, Object> specialTokens() {
    Map<String, Object> tokens = new LinkedHashMap<>();
    for (String name : SPECIAL_TOKENS) {
      JsonNode token = config.path(name);
      JsonNode text = token.isObject() ? token.path("content") : token;
      if (text.isTextual()) {
        tokens.put(name, text.asText());
      } else if (!token.isNull() && !token.isMissingNode()) {
        throw new ModelLoadException(
            configFile
                + ": "
                + name
                + ": expected a string or an object with content, is "
                + token);
      }
    }
    return tokens;
  }

  private static void addFilesOf(Path directory, Map<String, Source> sources) {
    if (!Files.isDirectory(directory)) {
      return;
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*.jinja")) {
      for (Path file : files) {
        String name = String.valueOf(file.getFileName());
        sources.put(
            name.substring(0, name.length() - ".jinja".length()), new Source(file, text(file)));
      }
    } catch (IOException e) {
      throw new ModelLoadException(directory + ": cannot be read: " + e.getMessage(), e);
    }
  }

  private static void addField(Path file, JsonNode json, Map<String, Source> sources) {
    JsonNode template = json.path("chat_template");
    if (template.isTextual()) {
      sources.put(DEFAULT, new Source(file, template.asText()));
    } else if (template.isArray()) {
      for (JsonNode named : template) {
        if (!named.path("name").isTextual() || !named.path("template").isTextual()) {
          throw new ModelLoadException(
              file + ": chat_template: expected objects with name and template, is " + named);
        }
        sources.put(named.get("name").asText(), new Source(file, named.get("template").asText()));
      }
    } else if (!template.isNull() && !template.isMissingNode()) {
      throw new ModelLoadException(
          file + ": chat_template: expected a string or a list, is " + template.getNodeType());
    }
  }

  private static JsonNode json(Path file) {
    if (!Files.exists(file)) {
      return JsonNodeFactory.instance.objectNode();
    }
    try {
      return MAPPER.readTree(file.toFile());
    } catch (JsonProcessingException e) {
      throw new ModelLoadException(file + ": not valid JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new ModelLoadException(file + ": cannot be read: " + e.getMessage(), e);
    }
  }

  static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new ModelLoadException(file + ": cannot be read: " + e.getMessage(), e);
    }
  }

  /** A template and the file it stands in. */
  record Source(Path file, String text) {}
}
