package dev.gatun.it.process;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.gatun.it.Checkout;
import dev.gatun.proto.inference.GRPCInferenceServiceGrpc;
import io.grpc.Metadata;
import io.grpc.stub.MetadataUtils;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Span.SpanKind;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Traces and metrics of real calls as a collector gets them. */
class OtlpIT {
  private static final String MODEL = "demo-model";
  private static final String CALLER = "00f067aa0ba902b7";
  private static final int NUM_TOKENS = 6;

  /** The SDK collects for seconds otherwise. */
  private static final Map<String, String> SOON =
      Map.of("OTEL_BSP_SCHEDULE_DELAY", "50", "OTEL_METRIC_EXPORT_INTERVAL", "300");

  private final HttpClient http = HttpClient.newHttpClient();

  /** What a caller with a trace sends. */
  private static String traceparent(String traceId, boolean isSampled) {
    return "00-" + traceId + "-" + CALLER + (isSampled ? "-01" : "-00");
  }

  private void complete(ServerProcess server, Clients clients, String traceparent)
      throws Exception {
    JsonNode prompt = Clients.JSON.getNodeFactory().textNode("Once upon");
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(server.url("/v1/completions")))
            .header("content-type", "application/json")
            .header("traceparent", traceparent)
            .POST(
                HttpRequest.BodyPublishers.ofString(
                    Clients.json(clients.completionBody(prompt, NUM_TOKENS).put("stop", "#~#"))))
            .build();
    assertThat(http.send(request, BodyHandlers.ofString()).statusCode()).isEqualTo(200);
  }

  @Test
  void callsOverBothTransportsAreTracedBelowTheirCallersAndMetricsKeepTheirNames()
      throws Exception {
    String rest = "4bf92f3577b34da6a3ce929d0e0e4736";
    String grpc = "5bf92f3577b34da6a3ce929d0e0e4736";
    String unsampled = "6bf92f3577b34da6a3ce929d0e0e4736";
    Map<String, String> environment =
        Map.of(
            "OTEL_SERVICE_NAME", "chat",
            "OTEL_RESOURCE_ATTRIBUTES", "k8s.pod.name=p-1",
            "OTEL_BSP_SCHEDULE_DELAY", "50",
            "OTEL_METRIC_EXPORT_INTERVAL", "300");
    try (OtlpReceiver receiver = new OtlpReceiver();
        ServerProcess server =
            ServerProcess.serve(
                environment,
                Checkout.demoModel(),
                "--otlp-traces-endpoint=grpc://" + receiver.grpcAddress(),
                "--otlp-metrics-endpoint=http://" + receiver.grpcAddress());
        Clients clients = new Clients(server, MODEL)) {
      complete(server, clients, traceparent(unsampled, false));
      complete(server, clients, traceparent(rest, true));
      Metadata headers = new Metadata();
      headers.put(
          Metadata.Key.of("traceparent", Metadata.ASCII_STRING_MARSHALLER),
          traceparent(grpc, true));
      GRPCInferenceServiceGrpc.newBlockingStub(clients.channel())
          .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
          .modelInfer(clients.inferRequest("Once upon", NUM_TOKENS, false));

      Await.until("the trace over REST", () -> receiver.spans(rest).size() == 6);
      Await.until("the trace over gRPC", () -> receiver.spans(grpc).size() == 6);

      assertThatCallIsTraced(receiver.spans(rest), "POST /v1/completions");
      assertThatCallIsTraced(receiver.spans(grpc), "inference.GRPCInferenceService/ModelInfer");
      assertThat(receiver.spans(unsampled)).isEmpty();
      assertThatResourceIsNamed(receiver);
      assertThatMetricsArrive(receiver);
      assertThat(openMetrics(server))
          .contains("trace_id=\"" + rest + "\"")
          .doesNotContain(unsampled);
    }
  }

  private static void assertThatCallIsTraced(List<Span> spans, String name) {
    Span call = span(spans, name);
    assertThat(call.getKind()).isEqualTo(SpanKind.SPAN_KIND_SERVER);
    assertThat(HexFormat.of().formatHex(call.getParentSpanId().toByteArray())).isEqualTo(CALLER);
    Span generation = span(spans, "text_completion " + MODEL);
    assertThatIsBelow(span(spans, "tokenize"), call);
    assertThatIsBelow(generation, call);
    Span queue = span(spans, "queue");
    Span prefill = span(spans, "prefill");
    Span decode = span(spans, "decode");
    Stream.of(queue, prefill, decode).forEach(phase -> assertThatIsBelow(phase, generation));
    assertThat(queue.getEndTimeUnixNano()).isEqualTo(prefill.getStartTimeUnixNano());
    assertThat(prefill.getEndTimeUnixNano()).isEqualTo(decode.getStartTimeUnixNano());
    assertThat(attribute(generation, "gen_ai.request.model")).isEqualTo(MODEL);
    assertThat(attribute(generation, "gen_ai.usage.output_tokens")).isEqualTo("" + NUM_TOKENS);
    assertThat(attribute(generation, "gen_ai.usage.completion_tokens")).isEqualTo("" + NUM_TOKENS);
    assertThat(attribute(generation, "gen_ai.response.finish_reasons")).isEqualTo("length");
    assertThat(Integer.parseInt(attribute(generation, "gen_ai.usage.input_tokens"))).isPositive();
    assertThat(Double.parseDouble(attribute(generation, "gen_ai.latency.time_to_first_token")))
        .isPositive()
        .isLessThanOrEqualTo(Double.parseDouble(attribute(generation, "gen_ai.latency.e2e")));
  }

  private static void assertThatIsBelow(Span child, Span parent) {
    assertThat(child.getParentSpanId()).as(child.getName()).isEqualTo(parent.getSpanId());
    assertThat(child.getStartTimeUnixNano())
        .as(child.getName())
        .isBetween(parent.getStartTimeUnixNano() - 1_000_000, parent.getEndTimeUnixNano());
    assertThat(child.getEndTimeUnixNano())
        .as(child.getName())
        .isBetween(child.getStartTimeUnixNano(), parent.getEndTimeUnixNano() + 1_000_000);
  }

  private static void assertThatResourceIsNamed(OtlpReceiver receiver) {
    var attributes = receiver.resources().getFirst().getAttributesList();
    assertThat(OtlpReceiver.attribute(attributes, "service.name")).isEqualTo("chat");
    assertThat(OtlpReceiver.attribute(attributes, "k8s.pod.name")).isEqualTo("p-1");
    assertThat(OtlpReceiver.attribute(attributes, "service.version")).isNotEmpty();
  }

  private static void assertThatMetricsArrive(OtlpReceiver receiver) throws Exception {
    Await.until(
        "metrics of the three calls and the warm-up",
        () -> {
          var metric = receiver.metrics().get("vllm:request_success_total");
          return metric != null
              && metric.getSum().getDataPointsList().stream().anyMatch(p -> p.getAsDouble() >= 3);
        });
    assertThat(receiver.metrics().get("vllm:num_requests_running").getGauge().getDataPointsCount())
        .isEqualTo(1);
    var firstToken =
        receiver.metrics().get("gen_ai.server.time_to_first_token").getHistogram().getDataPoints(0);
    assertThat(firstToken.getCount()).isGreaterThanOrEqualTo(3);
    assertThat(firstToken.getBucketCountsList().stream().mapToLong(Long::longValue).sum())
        .isEqualTo(firstToken.getCount());
    assertThat(OtlpReceiver.attribute(firstToken.getAttributesList(), "gen_ai.request.model"))
        .isEqualTo(MODEL);
  }

  private String openMetrics(ServerProcess server) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(server.url("/metrics")))
            .header("accept", "application/openmetrics-text; version=1.0.0")
            .build();
    return http.send(request, BodyHandlers.ofString()).body();
  }

  @Test
  void theVariablesOfOpenTelemetrySufficeAndHttpWorksAsWell() throws Exception {
    String trace = "7bf92f3577b34da6a3ce929d0e0e4736";
    try (OtlpReceiver receiver = new OtlpReceiver()) {
      Map<String, String> environment =
          Map.of(
              "OTEL_EXPORTER_OTLP_ENDPOINT", receiver.httpAddress(),
              "OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf",
              "OTEL_BSP_SCHEDULE_DELAY", "50");
      try (ServerProcess server = ServerProcess.serve(environment, Checkout.demoModel());
          Clients clients = new Clients(server, MODEL)) {
        complete(server, clients, traceparent(trace, true));

        Await.until("the trace", () -> receiver.spans(trace).size() == 6);

        assertThatCallIsTraced(receiver.spans(trace), "POST /v1/completions");
        assertThat(receiver.metrics()).as("asked for by nobody").isEmpty();
      }
    }
  }

  @Test
  void aCollectorThatIsAwayCostsSpansAndOneLine() throws Exception {
    try (ServerProcess server =
            ServerProcess.serve(
                SOON,
                Checkout.demoModel(),
                "--otlp-traces-endpoint=http://127.0.0.1:1",
                "--otlp-metrics-endpoint=127.0.0.1:1");
        Clients clients = new Clients(server, MODEL)) {
      for (int i = 0; i < 4; i++) {
        complete(server, clients, traceparent("8bf92f3577b34da6a3ce929d0e0e473" + i, true));
      }
      Await.until("spans are given up", () -> dropped(clients) == 24);
      Await.until(
          "metrics fail more than once",
          () -> value(clients, "gatun:otlp_export_failures_total", "signal=\"metrics\"") > 2);

      assertThat(server.output().lines().filter(line -> line.contains("export fails"))).hasSize(2);
      assertThat(server.output()).doesNotContain("io.opentelemetry");
    }
  }

  private static double dropped(Clients clients) throws InterruptedException {
    return value(clients, "gatun:otlp_spans_dropped_total", "");
  }

  private static double value(Clients clients, String name, String label)
      throws InterruptedException {
    return clients
        .get("/metrics")
        .body()
        .lines()
        .filter(line -> line.startsWith(name + "{") && line.contains(label))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  @Test
  void withoutAnEndpointNothingOfItIsLoaded(@TempDir Path dir) throws Exception {
    Path classes = dir.resolve("classes.txt");
    Map<String, String> environment = Map.of("GATUN_JAVA_OPTS", "-Xlog:class+load:file=" + classes);
    try (ServerProcess server = ServerProcess.serve(environment, Checkout.demoModel());
        Clients clients = new Clients(server, MODEL)) {
      complete(server, clients, traceparent("9bf92f3577b34da6a3ce929d0e0e4736", true));
      assertThat(clients.get("/metrics").statusCode()).isEqualTo(200);
    }

    String loaded = Files.readString(classes);
    assertThat(loaded).contains("dev.gatun.server.otel.TelemetryPlan");
    assertThat(loaded.lines().filter(line -> line.contains("io.opentelemetry"))).isEmpty();
  }

  private static Span span(List<Span> spans, String name) {
    return spans.stream()
        .filter(span -> span.getName().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new AssertionError(
                    name + " is not in " + spans.stream().map(Span::getName).toList()));
  }

  private static String attribute(Span span, String name) {
    return OtlpReceiver.attribute(span.getAttributesList(), name);
  }
}
