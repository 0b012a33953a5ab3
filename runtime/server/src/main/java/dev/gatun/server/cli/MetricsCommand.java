package dev.gatun.server.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.gatun.server.metrics.MetricNames;
import dev.gatun.server.metrics.MetricRow;
import dev.gatun.server.metrics.MetricsPage;
import java.io.PrintStream;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code gatun metrics}: the table of metrics, for people and for tools. */
@Command(
    name = "gatun metrics",
    description = "Lists the metrics that /metrics shows, as Markdown or as JSON.",
    sortOptions = false)
final class MetricsCommand implements Callable<Integer> {
  private final PrintStream out;

  @Option(names = "--json", description = "Prints JSON: name, kind, unit, labels, samples, help.")
  private boolean isJson;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Prints this.")
  private boolean unusedHelp;

  MetricsCommand(PrintStream out) {
    this.out = out;
  }

  @Override
  public Integer call() {
    out.print(isJson ? json() : MetricsPage.markdown());
    return 0;
  }

  private static String json() {
    ObjectMapper mapper = new ObjectMapper();
    ArrayNode rows = mapper.createArrayNode();
    for (MetricRow row : MetricNames.all()) {
      ObjectNode node = rows.addObject();
      node.put("name", row.familyName());
      node.put("kind", row.kind().name().toLowerCase(Locale.ROOT));
      node.put("unit", row.unit().name().toLowerCase(Locale.ROOT));
      ArrayNode labels = node.putArray("labels");
      row.labels().forEach(label -> labels.add(label.name()));
      ArrayNode samples = node.putArray("samples");
      row.sampleNames().forEach(samples::add);
      node.put("there", row.presence().words());
      node.put("help", row.help());
    }
    return rows.toPrettyString() + System.lineSeparator();
  }
}
