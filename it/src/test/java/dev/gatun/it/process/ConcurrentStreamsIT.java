package dev.gatun.it.process;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.gatun.it.Checkout;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Many streams at once on a pool too small for all of them. */
class ConcurrentStreamsIT {
  private static final int NUM_STREAMS = 64;
  private static final int NUM_DISTINCT = 16;
  private static final int MAX_MODEL_LEN = 320;
  private static final String MODEL = "tiny-llama3";

  /** One request; {@code abortAfter} events the client leaves, or it stays when negative. */
  private record Call(ObjectNode body, int abortAfter) {}

  @Test
  void everyAnswerIsThatOfTheRequestAloneAndThePoolEndsEmpty() throws Exception {
    long seed = System.nanoTime();
    System.err.println("ConcurrentStreamsIT seed " + seed);
    Random random = new Random(seed);
    // 32 blocks of 16 tokens: two or three of these requests fit, the longest takes 20.
    try (ServerProcess server =
            ServerProcess.serve(
                Checkout.tinyModel(MODEL),
                "--max-model-len=" + MAX_MODEL_LEN,
                "--num-gpu-blocks-override=32",
                "--max-num-batched-tokens=128");
        Clients clients = new Clients(server, MODEL)) {
      List<ObjectNode> bodies = new ArrayList<>();
      List<String> alone = new ArrayList<>();
      for (int i = 0; i < NUM_DISTINCT; i++) {
        bodies.add(body(clients, random));
        alone.add(clients.call("/v1/completions", bodies.get(i)).at("/choices/0/text").asText());
      }

      List<Future<String>> answers = new ArrayList<>();
      List<Call> calls = new ArrayList<>();
      try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
          HttpClient http = HttpClient.newHttpClient()) {
        for (int i = 0; i < NUM_STREAMS; i++) {
          int abortAfter = random.nextInt(4) == 0 ? random.nextInt(5) : -1;
          Call call = new Call(bodies.get(i % NUM_DISTINCT), abortAfter);
          calls.add(call);
          answers.add(executor.submit(() -> stream(http, server, call)));
        }
        for (int i = 0; i < NUM_STREAMS; i++) {
          String answer = answers.get(i).get(120, TimeUnit.SECONDS);
          if (calls.get(i).abortAfter < 0) {
            assertThat(answer)
                .as("stream %s, seed %s", i, seed)
                .isEqualTo(alone.get(i % NUM_DISTINCT));
          }
        }
      }

      Await.until("pool empty", () -> gauge(clients, "vllm:kv_cache_usage_perc") == 0);
      assertThat(gauge(clients, "vllm:num_requests_running")).isZero();
      assertThat(gauge(clients, "vllm:num_requests_waiting")).isZero();
      // Admission foresees what the requests are going to take, so they wait rather than being
      // preempted; DeterminismTest has preemptions on a real model.
      assertThat(gauge(clients, "vllm:request_queue_time_seconds_sum"))
          .as("seconds waited: the pool was meant to be too small, seed %s", seed)
          .isGreaterThan(1);
    }
  }

  private static ObjectNode body(Clients clients, Random random) {
    ArrayNode prompt = Clients.JSON.createArrayNode();
    int length = 1 + random.nextInt(random.nextBoolean() ? 20 : 200);
    for (int i = 0; i < length; i++) {
      prompt.add(4 + random.nextInt(500));
    }
    return clients.completionBody(prompt, 10 + random.nextInt(MAX_MODEL_LEN - 10 - length));
  }

  private static String stream(HttpClient http, ServerProcess server, Call call)
      throws IOException, InterruptedException {
    ObjectNode body = call.body.deepCopy().put("stream", true);
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(server.url("/v1/completions")))
            .version(HttpClient.Version.HTTP_1_1)
            .header("content-type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(Clients.json(body)))
            .build();
    var response = http.send(request, HttpResponse.BodyHandlers.ofInputStream());
    assertThat(response.statusCode()).isEqualTo(200);
    StringBuilder text = new StringBuilder();
    int events = 0;
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (events == call.abortAfter) {
          return "left";
        }
        if (line.startsWith("data: {")) {
          JsonNode event = Clients.parse(line.substring("data: ".length()));
          assertThat(event.has("error")).as(line).isFalse();
          text.append(event.at("/choices/0/text").asText());
          events++;
        }
      }
    }
    return text.toString();
  }

  static double gauge(Clients clients, String name) throws InterruptedException {
    return clients
        .get("/metrics")
        .body()
        .lines()
        .filter(line -> line.startsWith(name + "{"))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no metric " + name));
  }
}
