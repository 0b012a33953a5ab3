package dev.gatun.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatun.engine.api.ErrorCode;
import dev.gatun.engine.api.GenerateRequest;
import dev.gatun.engine.api.ServingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RouterTest {
  private final Router router =
      Router.builder()
          .route("GET", "/", (call, _) -> answer(call, "root"))
          .route("GET", "/v2", (call, _) -> answer(call, "server"))
          .route("GET", "/v2/models/stats", (call, _) -> answer(call, "stats"))
          .route("GET", "/v2/models/{model}", (call, path) -> answer(call, path.get("model")))
          .route(
              "POST", "/v2/models/{model}/infer", (call, path) -> answer(call, path.get("model")))
          .route(
              "GET",
              "/v2/models/{model}/versions/{version}",
              (call, path) -> answer(call, path.get("model") + "@" + path.get("version")))
          .route("GET", "/v1/models/{model*}", (call, path) -> answer(call, path.get("model")))
          .route("GET", "/metrics", (call, _) -> answer(call, "metrics"))
          .route(
              "POST", "/v1/fail", (_, _) -> fail(new ServingException(ErrorCode.OVERLOADED, "q")))
          .route("POST", "/fail", (_, _) -> fail(ServingException.invalid("bad \"x\"")))
          .route("POST", "/bug", (_, _) -> fail(new IllegalStateException("secret")))
          .route(
              "POST",
              "/late",
              (call, _) -> {
                call.startStream(200, "text/plain", Map.of());
                fail(ServingException.invalid("late"));
              })
          .build();

  private static void answer(HttpCall call, String text) {
    call.respond(200, "text/plain", text.getBytes(StandardCharsets.UTF_8));
  }

  private static void fail(RuntimeException failure) {
    throw failure;
  }

  private RecordedCall call(String method, String path) throws InterruptedException {
    RecordedCall call = new RecordedCall(method, path);
    router.handle(call);
    return call;
  }

  @ParameterizedTest
  @CsvSource({
    "/, root",
    "/v2, server",
    "/v2/, server",
    "/metrics, metrics",
    "/metrics/, metrics",
    "/v2/models/stats, stats",
    "/v2/models/llama, llama",
    "/v2/models/a%20b%2Bc%25, a b+c%",
    "/v2/models/a+b, a+b",
    "/v2/models/%C3%A9, é",
    "/v2/models/%252e%252e, %2e%2e",
    "/v2/models/..., ...",
    "/v2/models/m/versions/3, m@3",
    "/v1/models/org/name, org/name",
    "/v1/models/org%2Fname, org/name",
    "/v1/models/name, name",
  })
  void findsTheRouteAndDecodesOnce(String path, String text) throws InterruptedException {
    RecordedCall call = call("GET", path);

    assertThat(call.status()).isEqualTo(200);
    assertThat(call.text()).isEqualTo(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v2/models/..",
        "/v2/models/%2e%2e",
        "/v2/models/%2E.",
        "/v2/models/./x",
        "/v1/models/a%2F..%2Fb",
        "/v2/models/a%00",
        "/v2/models/a%0d%0ab",
        "/v2/models/a%5Cb",
        "/v2/models/a\\b",
        "/v2/models/%",
        "/v2/models/%4",
        "/v2/models/%zz",
        "/v2/models/%ff",
        "/v2/models/%c0%ae",
        "/v2/models/a b",
      })
  void refusesPathsThatAreNotSafeToDecode(String path) throws InterruptedException {
    RecordedCall call = call("GET", path);

    assertThat(call.status()).isEqualTo(400);
    assertThat(call.contentType()).isEqualTo("application/json");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v2/modelsx",
        "/nothing",
        "/v2/models/",
        "/v2/models/a%2Fb",
        "/v2//models/stats",
        "/v2//",
        "/v1/models/a//b",
        "/v1/models/",
        "//",
        "/V2"
      })
  void answersNotFoundForOtherPaths(String path) throws InterruptedException {
    assertThat(call("GET", path).status()).isEqualTo(404);
  }

  @Test
  void namesTheAllowedVerbs() throws InterruptedException {
    RecordedCall get = call("GET", "/v2/models/m/infer");
    RecordedCall delete = call("DELETE", "/v2/models/stats");

    assertThat(get.status()).isEqualTo(405);
    assertThat(get.headers()).containsEntry("allow", "POST");
    assertThat(get.text())
        .isEqualTo("{\"error\":\"GET is not allowed on /v2/models/m/infer, only POST\"}");
    assertThat(delete.headers()).containsEntry("allow", "GET, HEAD");
  }

  @Test
  void answersHeadThroughGet() throws InterruptedException {
    assertThat(call("HEAD", "/metrics").status()).isEqualTo(200);
    assertThat(call("HEAD", "/fail").status()).isEqualTo(405);
  }

  @Test
  void choosesTheFormOfErrorsByPath() throws InterruptedException {
    assertThat(call("POST", "/fail").text()).isEqualTo("{\"error\":\"bad \\\"x\\\"\"}");
    assertThat(call("POST", "/v1/fail").text())
        .isEqualTo(
            "{\"error\":{\"message\":\"q\",\"type\":\"ServiceUnavailableError\","
                + "\"param\":null,\"code\":503}}");
    assertThat(call("GET", "/openai/v1/x").text()).contains("\"type\":\"NotFoundError\"");
    assertThat(call("GET", "/v1x").text()).isEqualTo("{\"error\":\"no such path: /v1x\"}");
  }

  @Test
  void aTimeoutGivesEveryCallADeadline() throws InterruptedException {
    List<Long> deadlines = new ArrayList<>();
    RouteHandler handler =
        (call, _) -> {
          deadlines.add(call.deadlineNanos());
          call.respond(200, "text/plain", new byte[0]);
        };
    Router.Builder builder = Router.builder().route("GET", "/a", handler);
    long before = System.nanoTime();

    builder.build().handle(new RecordedCall("GET", "/a"));
    builder.requestTimeout(Duration.ofHours(1)).build().handle(new RecordedCall("GET", "/a"));

    assertThat(deadlines.getFirst()).isEqualTo(GenerateRequest.NO_DEADLINE);
    assertThat(deadlines.getLast() - before)
        .isBetween(Duration.ofHours(1).toNanos(), Duration.ofHours(2).toNanos());
  }

  @Test
  void invitesARetryOnlyWhenOverloaded() throws InterruptedException {
    assertThat(call("POST", "/v1/fail").headers()).containsEntry("retry-after", "1");
    assertThat(call("POST", "/fail").headers()).isEmpty();
  }

  @Test
  void hidesUnexpectedFailures() throws InterruptedException {
    RecordedCall call = call("POST", "/bug");

    assertThat(call.status()).isEqualTo(500);
    assertThat(call.text()).isEqualTo("{\"error\":\"internal error\"}");
  }

  @Test
  void passesFailuresOnOnceTheAnswerHasBegun() {
    assertThatThrownBy(() -> call("POST", "/late")).hasMessage("late");
  }

  @Test
  void refusesAmbiguousTables() {
    Router.Builder builder = Router.builder().route("GET", "/a", (_, _) -> {});

    assertThatThrownBy(() -> builder.route("GET", "/a", (_, _) -> {}))
        .hasMessageContaining("twice");
    assertThatThrownBy(() -> builder.route("GET", "/{x*}/b", (_, _) -> {}))
        .hasMessageContaining("last");
    assertThatThrownBy(() -> builder.route("GET", "a", (_, _) -> {})).hasMessageContaining("slash");
  }
}
