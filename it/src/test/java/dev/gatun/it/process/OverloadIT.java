package dev.gatun.it.process;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.gatun.it.Checkout;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** More requests than the queue holds. */
class OverloadIT {
  private static final String MODEL = "tiny-llama3";
  private static final int NUM_CALLS = 64;
  private static final int NUM_TOKENS = 200;
  private static final int MAX_QUEUED = 4;

  @Test
  void whatIsTooMuchIsToldWhenToTryAgainAndWhatIsAdmittedFinishes() throws Exception {
    try (ServerProcess server =
            ServerProcess.serve(
                Checkout.tinyModel(MODEL),
                "--max-model-len=320",
                "--max-num-seqs=1",
                "--max-num-queued-reqs=" + MAX_QUEUED);
        Clients clients = new Clients(server, MODEL);
        ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      JsonNode prompt = Clients.JSON.getNodeFactory().textNode("the");
      ObjectNode body = clients.completionBody(prompt, NUM_TOKENS).put("stream", true);
      body.putObject("stream_options").put("include_usage", true);
      List<Future<HttpResponse<String>>> calls = new ArrayList<>();
      for (int i = 0; i < NUM_CALLS; i++) {
        calls.add(executor.submit(() -> clients.post("/v1/completions", Clients.json(body))));
      }

      int numRefused = 0;
      for (Future<HttpResponse<String>> call : calls) {
        HttpResponse<String> answer = call.get(120, TimeUnit.SECONDS);
        if (answer.statusCode() == 200) {
          assertThatStreamIsWhole(answer.body());
        } else {
          assertThatRefusalIsHelpful(answer);
          numRefused++;
        }
      }

      assertThat(numRefused).isBetween(1, NUM_CALLS - MAX_QUEUED);
      assertThat(refusals(clients)).isEqualTo(numRefused);
      assertThat(clients.completionText("the", 2)).isNotEmpty();
    }
  }

  private static void assertThatStreamIsWhole(String body) {
    List<String> events = Clients.events(body);
    assertThat(events.getLast()).isEqualTo("[DONE]");
    JsonNode usage = Clients.parse(events.get(events.size() - 2)).path("usage");
    assertThat(usage.path("completion_tokens").asInt()).isEqualTo(NUM_TOKENS);
  }

  private static void assertThatRefusalIsHelpful(HttpResponse<String> answer) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(503);
    assertThat(Integer.parseInt(answer.headers().firstValue("retry-after").orElseThrow()))
        .isBetween(1, 60);
    assertThat(Clients.parse(answer.body()).at("/error/message").asText())
        .contains("max-num-queued-reqs = " + MAX_QUEUED, "try again in");
  }

  private static double refusals(Clients clients) throws InterruptedException {
    return clients
        .get("/metrics")
        .body()
        .lines()
        .filter(line -> line.startsWith("vllm:admission_rejections_total{"))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }
}
