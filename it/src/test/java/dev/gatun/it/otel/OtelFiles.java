package dev.gatun.it.otel;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.gatun.it.Checkout;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The files of otel/, parsed. */
public final class OtelFiles {
  private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());

  private OtelFiles() {}

  /** One recording rule or alert, named by the one or the other. */
  public record Rule(String name, boolean isAlert, String expression) {}

  public static Path folder() {
    return Checkout.root().resolve("otel");
  }

  /** Files of a folder below otel/ with an ending, in the order of their names. */
  public static List<Path> files(String folder, String ending) {
    try (Stream<Path> files = Files.list(folder().resolve(folder))) {
      return files.filter(file -> file.toString().endsWith(ending)).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static List<Path> ruleFiles() {
    return files("prometheus/rules", ".yml");
  }

  public static JsonNode parse(Path file) {
    try {
      return YAML.readTree(file.toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(file.toString(), e);
    }
  }

  /** Of every rule file. */
  public static List<Rule> rules() {
    List<Rule> rules = new ArrayList<>();
    for (Path file : ruleFiles()) {
      for (JsonNode group : parse(file).path("groups")) {
        for (JsonNode rule : group.path("rules")) {
          boolean isAlert = rule.has("alert");
          String name = rule.path(isAlert ? "alert" : "record").asText();
          rules.add(new Rule(name, isAlert, rule.path("expr").asText()));
        }
      }
    }
    return rules;
  }

  /** Names that recording rules define. */
  public static Set<String> recorded() {
    return rules().stream()
        .filter(rule -> !rule.isAlert())
        .map(Rule::name)
        .collect(Collectors.toUnmodifiableSet());
  }
}
