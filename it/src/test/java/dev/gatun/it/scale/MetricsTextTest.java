package dev.gatun.it.scale;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.engine.api.EngineSnapshot;
import dev.gatun.engine.api.EngineState;
import dev.gatun.engine.api.PreemptionStats;
import dev.gatun.engine.api.QueueSnapshot;
import dev.gatun.engine.api.SpeculationStats;
import dev.gatun.engine.api.SwapSnapshot;
import dev.gatun.server.http.HttpCall;
import dev.gatun.server.metrics.Metrics;
import dev.gatun.server.status.StartupWatch;
import dev.gatun.tensor.GpuTelemetry;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** KEDA's table of totals and replicas, over the text that the server's own metrics write. */
class MetricsTextTest {

  /** Fractions cannot be had from counts of requests: these rows use the KV cache's share. */
  @ParameterizedTest
  @CsvSource({
    "AVERAGE_VALUE, vllm:num_requests_waiting, 4,         4,   1, 1, 1",
    "AVERAGE_VALUE, vllm:kv_cache_usage_perc,  0.86,      0.8, 1, 1, 1",
    "AVERAGE_VALUE, vllm:num_requests_waiting, 5,         4,   1, 1, 2",
    "AVERAGE_VALUE, vllm:num_requests_waiting, 9 0,       4,   2, 2, 3",
    "AVERAGE_VALUE, vllm:kv_cache_usage_perc,  0.85 0.85, 0.8, 2, 2, 2",
    "AVERAGE_VALUE, vllm:num_requests_waiting, 40,        4,   1, 1, 10",
    "AVERAGE_VALUE, vllm:num_requests_waiting, 0 0 0,     4,   3, 3, 0",
    "VALUE,         vllm:num_requests_waiting, 6 0,       4,   2, 2, 3",
    "VALUE,         vllm:num_requests_waiting, 6,         4,   2, 1, 2",
  })
  void whatTheServersSayBecomesReplicas(
      ScaleMetric.Kind kind,
      String metric,
      String valuePerPod,
      double target,
      int replicas,
      int ready,
      int expected)
      throws InterruptedException {
    double total = 0;
    for (String value : valuePerPod.split(" ", -1)) {
      total += value(metric, text(Double.parseDouble(value)));
    }

    assertThat(new ScaleMetric(kind, total, target).desired(replicas, ready)).isEqualTo(expected);
  }

  /** The one series that a pod has of a metric. */
  private static double value(String metric, String text) {
    Matcher matcher =
        Pattern.compile("(?m)^" + Pattern.quote(metric) + "\\{[^}]*} (.+)$").matcher(text);
    assertThat(matcher.find()).as("%s in %s", metric, text).isTrue();
    double value = Double.parseDouble(matcher.group(1));
    assertThat(matcher.find()).as("a second series of %s", metric).isFalse();
    return value;
  }

  /** Of a server with so many waiting requests, and a share that is the same number. */
  private static String text(double number) throws InterruptedException {
    StartupWatch startup = new StartupWatch(System::nanoTime);
    Metrics metrics = new Metrics("chat", true, System::nanoTime, startup, () -> false);
    metrics.watch(() -> snapshot((int) number, number), "1.2.3", "cpu", GpuTelemetry.NONE);
    AtomicReference<String> text = new AtomicReference<>("");
    metrics.handler().handle(new Scrape(text));
    return text.get();
  }

  private static EngineSnapshot snapshot(int numWaiting, double kvUsage) {
    return new EngineSnapshot(
        EngineState.READY,
        1,
        numWaiting,
        100,
        100,
        kvUsage,
        0,
        PreemptionStats.NONE,
        0,
        0,
        0,
        0,
        0,
        SpeculationStats.NONE,
        QueueSnapshot.EMPTY,
        SwapSnapshot.NONE,
        0);
  }

  /** GET /metrics without a transport. */
  private record Scrape(AtomicReference<String> text) implements HttpCall {
    @Override
    public String method() {
      return "GET";
    }

    @Override
    public String path() {
      return "/metrics";
    }

    @Override
    public String query() {
      return "";
    }

    @Override
    public @Nullable String header(String name) {
      return null;
    }

    @Override
    public byte[] body() {
      return new byte[0];
    }

    @Override
    public String remoteAddress() {
      return "test";
    }

    @Override
    public void respond(int status, String type, Map<String, String> headers, byte[] body) {
      text.set(new String(body, StandardCharsets.UTF_8));
    }

    @Override
    public BodyStream startStream(int status, String type, Map<String, String> headers) {
      throw new AssertionError("metrics are no stream");
    }

    @Override
    public void onDisconnect(Runnable action) {
      // A test does not leave.
    }
  }
}
