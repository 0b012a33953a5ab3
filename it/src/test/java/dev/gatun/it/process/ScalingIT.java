package dev.gatun.it.process;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.gatun.it.PrometheusPackage;
import dev.gatun.it.manifests.Manifests;
import dev.gatun.it.scale.Autoscaler;
import dev.gatun.it.scale.ScaleMetric;
import dev.gatun.it.scale.ScaledObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The ScaledObject that we ship drives a deployment of real servers on what a real Prometheus
 * scrapes from them: replicas follow the load, without flapping and without a lost request. Half a
 * second stands for the 15 of Kubernetes' control loop, windows and periods are shortened alike.
 */
class ScalingIT {
  private static final String MANIFEST = "examples/autoscaling/scaledobject-prometheus.yaml";
  private static final int TIMES_FASTER = 30;
  private static final Duration PERIOD = Duration.ofSeconds(15).dividedBy(TIMES_FASTER);
  private static final int MAX_REPLICAS = 3;

  /** Periods that a phase may last. */
  private static final int PATIENCE = 60;

  private static final int PROMPT_TOKENS = 100;
  private static final int OUTPUT_TOKENS = 20;

  private final ScaledObject scaledObject = shipped();
  private final Autoscaler autoscaler =
      new Autoscaler(scaledObject.min(), MAX_REPLICAS, scaledObject.up(), scaledObject.down());
  private final List<Integer> history = new ArrayList<>(List.of(1));
  private Deployment deployment;
  private PrometheusProcess prometheus;
  private long nextPeriod;

  private static ScaledObject shipped() {
    List<JsonNode> documents = Manifests.documents(Manifests.read(Manifests.root(MANIFEST)));
    return ScaledObject.of(Manifests.ofKind(documents, "ScaledObject").getFirst(), TIMES_FASTER);
  }

  /** Four requests fill the blocks of a replica to about 0.85. */
  private static Deployment deployment() {
    return new Deployment(
        "--served-model-name=demo",
        "--max-num-seqs=4",
        "--max-model-len=256",
        "--num-gpu-blocks-override=37");
  }

  @Test
  void replicasFollowTheLoadWithoutFlapping(@TempDir Path folder) throws Exception {
    PrometheusPackage.prometheus();
    try (Deployment replicas = deployment();
        PrometheusProcess metrics = PrometheusProcess.start(folder);
        Load load = new Load(n -> replicas.url(n, "/v1/completions"), ScalingIT::completion)) {
      deployment = replicas;
      prometheus = metrics;
      Await.until("the first replica is ready", () -> hasReady(1));
      nextPeriod = System.nanoTime();
      load.users(2);
      run("metrics are there", () -> prometheus.hasData("vllm:num_requests_running > 0"));
      runPeriods(4);
      assertThat(history).as("two users").containsExactly(1);

      load.users(20);
      run("three replicas are ready", () -> deployment.ready().size() == 3);
      load.users(2);
      runPeriods(6);
      load.users(20);
      run("the load is back", () -> prometheus.hasData("sum(vllm:num_requests_running) > 8"));
      assertThat(history).as("twenty users, and fewer for a moment").isSorted().endsWith(3);

      load.users(6);
      run("two replicas are left", () -> deployment.numReplicas() == 2);
      load.users(1);
      run("one replica is left", () -> deployment.numReplicas() == 1);
      runPeriods(4);

      System.out.println("scaling: replicas " + history + ", answers " + load.numAnswered());
      assertThat(history).startsWith(1).endsWith(3, 2, 1);
      assertThat(numTurns()).as("turns from up to down in %s", history).isEqualTo(1);
      assertThat(load.numFailed()).as("requests lost").isZero();
      assertThat(deployment.exitStatuses()).containsExactly(0, 0);
    }
  }

  /** Prompts have nothing in common, so that none is found in a cache. */
  private static ObjectNode completion(int number) {
    Random random = new Random(number);
    ObjectNode body = Clients.JSON.createObjectNode().put("model", "demo");
    body.put("max_tokens", OUTPUT_TOKENS).put("temperature", 0).put("ignore_eos", true);
    ArrayNode prompt = body.putArray("prompt");
    for (int i = 0; i < PROMPT_TOKENS; i++) {
      prompt.add(4 + random.nextInt(500));
    }
    return body;
  }

  private boolean hasReady(int number) {
    deployment.reconcile(number);
    return deployment.ready().size() == number;
  }

  private void run(String goal, Await.Condition isReached) throws Exception {
    int numPeriods = 0;
    while (!isReached.holds()) {
      assertThat(numPeriods++).as("%s; replicas were %s", goal, history).isLessThan(PATIENCE);
      runPeriods(1);
    }
  }

  /** Of the control loop: read the metric, decide, act. */
  private void runPeriods(int number) throws Exception {
    for (int i = 0; i < number; i++) {
      nextPeriod += PERIOD.toNanos();
      Await.until("the next period", () -> System.nanoTime() >= nextPeriod);
      prometheus.scrape(deployment.ready());
      int replicas =
          autoscaler.decide(
              System.nanoTime(), measure(), deployment.numReplicas(), deployment.ready().size());
      deployment.reconcile(replicas);
      if (replicas != history.getLast()) {
        history.add(replicas);
      }
    }
  }

  private long numTurns() {
    return IntStream.range(1, history.size() - 1)
        .filter(i -> history.get(i) > history.get(i - 1) != history.get(i + 1) > history.get(i))
        .count();
  }

  /** As KEDA's Prometheus scaler does: nothing is 0, more than one element is an error. */
  private List<ScaleMetric> measure() throws Exception {
    List<ScaleMetric> metrics = new ArrayList<>();
    for (ScaledObject.Trigger trigger : scaledObject.triggers()) {
      JsonNode result = prometheus.query(trigger.query());
      assertThat(result.size()).as(result.toString()).isLessThanOrEqualTo(1);
      double total = result.isEmpty() ? 0 : Double.parseDouble(result.at("/0/value/1").asText());
      metrics.add(new ScaleMetric(trigger.kind(), total, trigger.threshold()));
    }
    return metrics;
  }
}
