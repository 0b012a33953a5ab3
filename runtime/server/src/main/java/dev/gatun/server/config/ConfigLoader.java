package dev.gatun.server.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Collects the sources of {@link SettingValues}. */
public final class ConfigLoader {
  private final Map<String, String> environment;

  public ConfigLoader(Map<String, String> environment) {
    this.environment = Map.copyOf(environment);
  }

  /**
   * Makes the configuration.
   *
   * @param flags texts by option name without dashes; the last one on the command line has won
   *     already
   * @param file YAML file of the same names, or null
   * @throws ConfigException naming the option, the value, the source and the way out
   */
  public ServeConfig load(Map<String, String> flags, @Nullable Path file) {
    List<SettingValues.Source> sources = new ArrayList<>();
    sources.add(new SettingValues.Source("command line", flags));
    sources.add(new SettingValues.Source("environment", fromEnvironment()));
    Path chosen = file == null ? environmentFile() : file;
    if (chosen != null) {
      sources.add(new SettingValues.Source(chosen.toString(), fromFile(chosen)));
    }
    return ServeConfig.of(new SettingValues(sources));
  }

  private @Nullable Path environmentFile() {
    String path = environment.get("GATUN_CONFIG");
    return path == null || path.isBlank() ? null : Path.of(path);
  }

  private Map<String, String> fromEnvironment() {
    Map<String, String> texts = new LinkedHashMap<>();
    for (Setting<?> setting : Settings.ALL) {
      String text = environment.get(setting.environmentName());
      if (text != null && !text.isBlank() && !isServiceLink(text)) {
        texts.put(setting.name(), text);
      }
    }
    return texts;
  }

  /**
   * Kubernetes describes each Service of the namespace by environment variables; those of one named
   * gatun are called as our own, GATUN_PORT=tcp://10.0.0.1:8080 before all.
   */
  private static boolean isServiceLink(String text) {
    return text.startsWith("tcp://") || text.startsWith("udp://");
  }

  private static Map<String, String> fromFile(Path file) {
    JsonNode root = readYaml(file);
    Map<String, String> texts = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : root.properties()) {
      String name = entry.getKey().replace('_', '-');
      OptionNames.requireKnown(name, file.toString());
      texts.put(name, scalar(entry.getValue(), name, file));
    }
    return texts;
  }

  private static JsonNode readYaml(Path file) {
    try {
      JsonNode root = new YAMLMapper().readTree(Files.readString(file));
      if (root == null || root.isMissingNode() || root.isNull()) {
        return new YAMLMapper().createObjectNode();
      }
      if (!root.isObject()) {
        throw new ConfigException(file + " must hold option names and values");
      }
      return root;
    } catch (JsonProcessingException e) {
      throw new ConfigException(file + " is not valid YAML: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new ConfigException("--config " + file + " cannot be read: " + e.getMessage(), e);
    }
  }

  private static String scalar(JsonNode value, String name, Path file) {
    if (value.isArray()) {
      List<String> items = new ArrayList<>();
      value.forEach(item -> items.add(item.asText()));
      return String.join(",", items);
    }
    if (value.isObject() && name.equals(Settings.SPECULATIVE_CONFIG.name())) {
      // What takes JSON may be written as YAML.
      return value.toString();
    }
    if (!value.isValueNode() || value.isNull()) {
      throw new ConfigException(name + " in " + file + " must be a plain value, not " + value);
    }
    return value.asText();
  }
}
