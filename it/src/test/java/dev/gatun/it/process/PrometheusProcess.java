package dev.gatun.it.process;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.gatun.it.PrometheusPackage;
import dev.gatun.it.otel.OtelFiles;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A real Prometheus with our rules, which scrapes servers every second. */
final class PrometheusProcess implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private static final String CONFIGURATION =
      """
      global: {scrape_interval: 1s, evaluation_interval: 500ms}
      rule_files: ["rules/*.yml"]
      scrape_configs:
        - job_name: gatun
          file_sd_configs: [{files: [targets.json], refresh_interval: 1s}]
      """;

  private final HttpClient http = HttpClient.newHttpClient();
  private final Path folder;
  private final int port;
  private final Process process;

  private PrometheusProcess(Path folder, int port, Process process) {
    this.folder = folder;
    this.port = port;
    this.process = process;
  }

  /**
   * Starts it without targets and waits until it answers.
   *
   * @param folder empty; for configuration, data and log
   */
  static PrometheusProcess start(Path folder) throws Exception {
    String program = PrometheusPackage.prometheus();
    Path config = Files.writeString(folder.resolve("prometheus.yml"), CONFIGURATION);
    Path ruleFolder = Files.createDirectory(folder.resolve("rules"));
    for (Path rules : OtelFiles.ruleFiles()) {
      String text = Files.readString(rules).replaceAll("interval: \\d+s", "interval: 500ms");
      Files.writeString(ruleFolder.resolve(rules.getFileName()), text);
    }
    int port = freePort();
    Process process =
        new ProcessBuilder(
                program,
                "--config.file=" + config,
                "--storage.tsdb.path=" + folder.resolve("data"),
                "--web.listen-address=127.0.0.1:" + port)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("prometheus.log").toFile())
            .start();
    PrometheusProcess prometheus = new PrometheusProcess(folder, port, process);
    try {
      Await.until("Prometheus answers", prometheus::isReady);
    } catch (AssertionError e) {
      prometheus.close();
      throw new AssertionError(Files.readString(folder.resolve("prometheus.log")), e);
    }
    return prometheus;
  }

  /**
   * Scrapes these servers from now on. The labels namespace and pod are those that a PodMonitor
   * adds.
   */
  void scrape(List<ServerProcess> servers) throws IOException {
    ArrayNode targets = Clients.JSON.createArrayNode();
    for (ServerProcess server : servers) {
      ObjectNode target = targets.addObject();
      target.putArray("targets").add("127.0.0.1:" + server.port());
      target
          .putObject("labels")
          .put("namespace", "models")
          .put("pod", "chat-predictor-" + server.port());
    }
    Path next = Files.writeString(folder.resolve("targets.new"), Clients.json(targets));
    Files.move(next, folder.resolve("targets.json"), StandardCopyOption.ATOMIC_MOVE);
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private boolean isReady() throws InterruptedException {
    try {
      return get("/-/ready").statusCode() == 200;
    } catch (IOException e) {
      return false; // Not listening yet.
    }
  }

  private HttpResponse<String> get(String path) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .timeout(PATIENCE)
            .build();
    return http.send(request, HttpResponse.BodyHandlers.ofString());
  }

  /** The {@code data} of an answer of the HTTP API; a query that is wrong fails with its error. */
  JsonNode api(String path) throws Exception {
    JsonNode answer = Clients.parse(get("/api/v1/" + path).body());
    if (!answer.path("status").asText().equals("success")) {
      throw new AssertionError(path + ": " + answer);
    }
    return answer.path("data");
  }

  /** The samples that an instant query returns now. */
  JsonNode query(String expression) throws Exception {
    return api("query?query=" + URLEncoder.encode(expression, StandardCharsets.UTF_8))
        .path("result");
  }

  /** Whether a query returns a number now, so that a panel shows something. */
  boolean hasData(String expression) throws Exception {
    for (JsonNode sample : query(expression)) {
      if (!sample.at("/value/1").asText().equals("NaN")) {
        return true;
      }
    }
    return false;
  }

  @Override
  public void close() {
    process.destroy();
    process.onExit().completeOnTimeout(process, 10, TimeUnit.SECONDS).join();
    process.destroyForcibly();
    http.close();
  }
}
