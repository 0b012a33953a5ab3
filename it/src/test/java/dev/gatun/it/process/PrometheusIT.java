package dev.gatun.it.process;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.gatun.it.Checkout;
import dev.gatun.it.PrometheusPackage;
import dev.gatun.it.otel.Dashboards;
import dev.gatun.it.otel.Dashboards.Query;
import dev.gatun.it.otel.OtelFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** A real Prometheus scrapes a real server under load: what we ship and what others have shows. */
class PrometheusIT {
  private static final String MODEL = "demo-model";
  private static final int NUM_USERS = 6;
  private static final int NUM_SCRAPES = 100;

  private static final String GONE = "gone";
  private static final String OLD_QUERIES = "it/src/test/resources/otel/old-queries.txt";

  /** What stays empty here, and why. Everything else has to return a number. */
  private static final Map<String, String> EMPTY_HERE =
      Map.of("gatun:gpu_", "there is no GPU on this machine");

  @TempDir static Path folder;
  private static ServerProcess server;
  private static Clients clients;
  private static PrometheusProcess prometheus;
  private static Load load;

  @BeforeAll
  static void start() throws Exception {
    PrometheusPackage.prometheus();
    server =
        ServerProcess.serve(
            Checkout.demoModel(),
            "--max-num-seqs=4",
            "--speculative-config={\"method\": \"ngram\", \"num_speculative_tokens\": 3}");
    clients = new Clients(server, MODEL);
    prometheus = PrometheusProcess.start(folder);
    prometheus.scrape(List.of(server));
    load = new Load(_ -> server.url("/v1/completions"), PrometheusIT::completion);
    load.users(NUM_USERS);
  }

  @AfterAll
  static void stop() {
    for (AutoCloseable part : Arrays.asList(load, prometheus, clients, server)) {
      try {
        if (part != null) {
          part.close();
        }
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /** Half of the prompts begin alike, so that the prefix cache has something to find. */
  private static ObjectNode completion(int number) {
    String prompt =
        "Once upon a time there was a lock keeper in Gatun. Her name was Vera. "
            + (number % 2 == 0 ? "She had a boat. " : "Number " + number + " came. ");
    return clients.completionBody(Clients.JSON.getNodeFactory().textNode(prompt), 30);
  }

  private static boolean isEmptyHere(String expression) {
    return EMPTY_HERE.keySet().stream().anyMatch(expression::contains);
  }

  /** Waits until each query returns a number; names those that never do. */
  private static void assertThatAllReturnData(List<Query> queries) throws Exception {
    assertThat(queries).isNotEmpty();
    List<Query> missing = new ArrayList<>(queries);
    missing.removeIf(query -> isEmptyHere(query.expression()));
    try {
      Await.until(
          "every query returns data",
          () -> {
            for (Query query : List.copyOf(missing)) {
              if (prometheus.hasData(query.resolved())) {
                missing.remove(query);
              }
            }
            return missing.isEmpty();
          });
    } catch (AssertionError e) {
      throw new AssertionError(e.getMessage() + "; without: " + missing, e);
    }
  }

  @TestFactory
  List<DynamicTest> everyPanelShowsSomething() {
    return Dashboards.files().stream()
        .map(
            file ->
                DynamicTest.dynamicTest(
                    file.getFileName().toString(),
                    () -> assertThatAllReturnData(Dashboards.queries(file))))
        .toList();
  }

  @Test
  void everyRecordingRuleHasData() throws Exception {
    List<Query> queries =
        OtelFiles.recorded().stream().map(name -> new Query("recording rule", name)).toList();

    assertThatAllReturnData(queries);
  }

  /** Those on latency may fire: this machine may be as slow as it likes. */
  @Test
  void rulesEvaluateWithoutErrorsAndNoAlertFires() throws Exception {
    Await.until("rules evaluated", () -> prometheus.hasData("model:gatun_requests:rate5m"));

    for (JsonNode group : prometheus.api("rules").path("groups")) {
      for (JsonNode rule : group.path("rules")) {
        assertThat(rule.path("health").asText()).as(rule.toString()).isEqualTo("ok");
        if (!rule.path("name").asText().matches("Gatun(Ttft|Itl)Burn.*")) {
          assertThat(rule.path("state").asText()).as(rule.toString()).isNotEqualTo("firing");
        }
      }
    }
  }

  @Test
  void queriesOfOldDashboardsReturnData() throws Exception {
    assertThatAllReturnData(oldQueries(release -> !release.equals(GONE)));
  }

  @Test
  void namesThatAreGoneAreReallyGone() throws Exception {
    for (Query query : oldQueries(GONE::equals)) {
      String name = query.expression().replaceFirst("\\s.*", "");

      assertThat(prometheus.query("{__name__=~\"" + name + "(_count)?\"}")).as(name).isEmpty();
    }
  }

  private static List<Query> oldQueries(Predicate<String> isWanted) throws IOException {
    List<Query> queries = new ArrayList<>();
    for (String line : Files.readAllLines(Checkout.root().resolve(OLD_QUERIES))) {
      String[] parts = line.split("\\s+", 2);
      if (!line.isBlank() && !line.startsWith("#") && isWanted.test(parts[0])) {
        queries.add(new Query("vLLM " + parts[0], parts[1]));
      }
    }
    return queries;
  }

  @Test
  void whatIsSaidToBeEmptyIsEmpty() throws Exception {
    for (Path file : Dashboards.files()) {
      for (Query query : Dashboards.queries(file)) {
        if (isEmptyHere(query.expression())) {
          assertThat(prometheus.query(query.resolved())).as(query.toString()).isEmpty();
        }
      }
    }
  }

  /** The figure is printed and not judged: this machine has other work to do. */
  @Test
  void scrapesAreAnsweredUnderLoad() throws Exception {
    int numBefore = load.numAnswered();
    double[] millis = new double[NUM_SCRAPES];
    for (int i = 0; i < NUM_SCRAPES; i++) {
      long start = System.nanoTime();
      assertThat(clients.get("/metrics").statusCode()).isEqualTo(200);
      millis[i] = (System.nanoTime() - start) / 1e6;
    }
    Arrays.sort(millis);

    System.out.printf(
        "GET /metrics with %d users: median %.1f ms, 95th percentile %.1f ms, worst %.1f ms%n",
        NUM_USERS,
        millis[NUM_SCRAPES / 2],
        millis[NUM_SCRAPES * 95 / 100],
        millis[NUM_SCRAPES - 1]);
    String seen = "quantile_over_time(0.5, scrape_duration_seconds[1m]) * 1000";
    System.out.println(
        "median that Prometheus saw, ms: " + prometheus.query(seen).at("/0/value/1"));
    Await.until("answers came meanwhile", () -> load.numAnswered() > numBefore);
    assertThat(load.numFailed()).isZero();
  }
}
