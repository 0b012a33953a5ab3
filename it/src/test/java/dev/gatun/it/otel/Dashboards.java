package dev.gatun.it.otel;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The queries of the dashboards that otel/ ships. */
public final class Dashboards {
  private static final Pattern LABEL_VALUES =
      Pattern.compile("label_values\\((.*),\\s*(\\w+)\\)", Pattern.DOTALL);

  private Dashboards() {}

  /**
   * A query and where it stands.
   *
   * @param expression with Grafana's variables
   */
  public record Query(String place, String expression) {

    /** With every variable at "all", and ranges that a fresh Prometheus has data for. */
    public String resolved() {
      return expression
          .replace("$__rate_interval", "30s")
          .replaceAll("\\$(namespace|model|pod|model_name)\\b", ".*")
          .replace("model_name=\".*\"", "model_name=~\".*\"");
    }
  }

  public static List<Path> files() {
    return OtelFiles.files("grafana", ".json");
  }

  /** Of panels and of the lists from which namespaces, models and pods are picked. */
  public static List<Query> queries(Path file) {
    List<Query> queries = new ArrayList<>();
    JsonNode dashboard = OtelFiles.parse(file);
    String name = file.getFileName().toString();
    for (JsonNode variable : dashboard.at("/templating/list")) {
      Matcher matcher = LABEL_VALUES.matcher(variable.path("definition").asText());
      if (matcher.matches()) {
        queries.add(
            new Query(
                name + " $" + variable.path("name").asText(),
                "count by (" + matcher.group(2) + ") (" + matcher.group(1) + ")"));
      }
    }
    for (JsonNode panel : dashboard.path("panels")) {
      for (JsonNode target : panel.path("targets")) {
        queries.add(
            new Query(name + " " + panel.path("title").asText(), target.path("expr").asText()));
      }
    }
    return queries;
  }
}
