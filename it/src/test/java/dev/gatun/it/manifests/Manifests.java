package dev.gatun.it.manifests;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.gatun.it.Checkout;
import dev.gatun.it.Command;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** The files below {@code clusterservingruntime/} and the documents in them. */
public final class Manifests {
  private static final YAMLMapper YAML = new YAMLMapper();

  private Manifests() {}

  public static Path root() {
    return Checkout.root().resolve("clusterservingruntime");
  }

  /** Every YAML file that a cluster could take as it is: the chart's templates are not. */
  static List<Path> files() {
    return find(
        root(), path -> path.toString().endsWith(".yaml") && !path.startsWith(root("helm")));
  }

  /** Every folder that {@code kubectl apply -k} takes. */
  static List<Path> kustomizations() {
    return find(root(), path -> path.endsWith("kustomization.yaml")).stream()
        .map(Path::getParent)
        .toList();
  }

  /** What kustomize makes of a folder; the test is skipped where there is no kubectl. */
  static String render(Path kustomization) throws IOException, InterruptedException {
    assumeTrue(Command.succeeds("kubectl", "version", "--client"), "no kubectl here");
    return Command.output("kubectl", "kustomize", kustomization.toString());
  }

  public static Path root(String name) {
    return root().resolve(name);
  }

  /** Rules and configuration for operators that lie elsewhere. */
  static List<Path> filesOfOtel() {
    return find(
        Checkout.root().resolve("otel"),
        path -> path.toString().endsWith(".yaml") && read(path).contains("\nkind: "));
  }

  /** Documents of all files. */
  static List<JsonNode> documents() {
    return files().stream().flatMap(file -> documents(read(file)).stream()).toList();
  }

  public static List<JsonNode> documents(String yaml) {
    List<JsonNode> documents = new ArrayList<>();
    try (MappingIterator<JsonNode> iterator = YAML.readerFor(JsonNode.class).readValues(yaml)) {
      iterator.forEachRemaining(documents::add);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    documents.removeIf(document -> !document.isObject());
    return documents;
  }

  public static List<JsonNode> ofKind(List<JsonNode> documents, String kind) {
    return documents.stream()
        .filter(document -> document.path("kind").asText().equals(kind))
        .toList();
  }

  static String name(JsonNode document) {
    return document.at("/metadata/name").asText();
  }

  public static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static List<Path> find(Path folder, Predicate<Path> wanted) {
    try (Stream<Path> walk = Files.walk(folder)) {
      return walk.filter(Files::isRegularFile).filter(wanted).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
