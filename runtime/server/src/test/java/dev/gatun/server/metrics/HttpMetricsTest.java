package dev.gatun.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatun.engine.api.ServingException;
import dev.gatun.server.http.HttpCall;
import dev.gatun.server.http.HttpHandler;
import dev.gatun.server.http.Router;
import dev.gatun.server.testing.FakeHttpCall;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HttpMetricsTest {
  private final MetricsFixture fixture = new MetricsFixture();
  private final Router router =
      Router.builder()
          .route("POST", "/v2/models/{model}/generate_stream", (call, _) -> stream(call))
          .route(
              "GET",
              "/v2/models/{model}",
              (call, _) -> call.respond(200, "text/plain", Map.of(), new byte[7]))
          .route("GET", "/health", (call, _) -> call.respond(200, "text/plain", new byte[0]))
          .build();
  private final HttpHandler counted = fixture.metrics.counted(router, router::route);

  private void stream(HttpCall call) throws InterruptedException {
    HttpCall.BodyStream body = call.startStream(200, "text/event-stream", Map.of());
    try {
      body.write(new byte[3]);
      body.write(new byte[4]);
      fixture.clock.addAndGet(2 * MetricsFixture.SECOND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    body.end();
  }

  @Test
  void aStreamIsMeasuredToItsEndUnderThePatternOfItsRoute() throws InterruptedException {
    counted.handle(FakeHttpCall.post("/v2/models/a/generate_stream", "{}"));
    counted.handle(FakeHttpCall.post("/v2/models/b/generate_stream", "{}"));

    Exposition now = fixture.scrape();
    String route = "/v2/models/{model}/generate_stream";
    assertThat(
            now.value("http_requests_total", "handler", route, "method", "POST", "status", "2xx"))
        .isEqualTo(2);
    assertThat(now.value("http_request_duration_seconds_sum", "handler", route)).isEqualTo(4);
    assertThat(now.value("http_request_duration_highr_seconds_bucket", "le", "2.0")).isEqualTo(2);
    assertThat(now.value("http_request_size_bytes_sum", "handler", route)).isEqualTo(4);
    assertThat(now.value("http_response_size_bytes_sum", "handler", route)).isEqualTo(14);
  }

  @Test
  void whatHasNoRouteIsOneSeries() throws InterruptedException {
    counted.handle(FakeHttpCall.get("/a"));
    counted.handle(FakeHttpCall.get("/b/%2e%2e"));
    counted.handle(new FakeHttpCall("BREW", "/c", new byte[0]));

    Exposition now = fixture.scrape();
    assertThat(
            now.value("http_requests_total", "handler", "none", "method", "GET", "status", "4xx"))
        .isEqualTo(2);
    assertThat(now.value("http_requests_total", "handler", "none", "method", "other")).isEqualTo(1);
  }

  @Test
  void probesAndScrapesAreNotCounted() throws InterruptedException {
    counted.handle(FakeHttpCall.get("/health"));
    counted.handle(FakeHttpCall.get("/metrics"));

    assertThat(fixture.scrape().families()).doesNotContainKey("http_requests_total");
  }

  @Test
  void whatIsRefusedBeforeItHasAThreadIsCounted() {
    HttpHandler refusing =
        new HttpHandler() {
          @Override
          public void handle(HttpCall call) {}

          @Override
          public ServingException refusal(String method, String path) {
            return ServingException.overloaded("full", 3);
          }
        };

    assertThat(fixture.metrics.counted(refusing, router::route).refusal("GET", "/v2/models/a"))
        .isNotNull();

    assertThat(
            fixture
                .scrape()
                .value("http_requests_total", "handler", "/v2/models/{model}", "status", "5xx"))
        .isEqualTo(1);
  }

  @Test
  void aHandlerThatFailsCountsAsAnError() {
    HttpHandler broken =
        _ -> {
          throw new IllegalStateException("broken");
        };

    assertThatThrownBy(
            () -> fixture.metrics.counted(broken, _ -> "/x").handle(FakeHttpCall.get("/x")))
        .isInstanceOf(IllegalStateException.class);

    assertThat(fixture.scrape().value("http_requests_total", "status", "5xx")).isEqualTo(1);
  }
}
