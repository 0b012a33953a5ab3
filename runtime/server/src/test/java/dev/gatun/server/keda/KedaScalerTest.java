package dev.gatun.server.keda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatun.proto.externalscaler.ExternalScalerGrpc;
import dev.gatun.proto.externalscaler.ExternalScalerGrpc.ExternalScalerBlockingStub;
import dev.gatun.proto.externalscaler.GetMetricsRequest;
import dev.gatun.proto.externalscaler.IsActiveResponse;
import dev.gatun.proto.externalscaler.MetricSpec;
import dev.gatun.proto.externalscaler.MetricValue;
import dev.gatun.proto.externalscaler.ScaledObjectRef;
import dev.gatun.server.keda.PodResolver.Pod;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The calls of KEDA in KEDA's order, over a real channel, to pods with real /metrics. */
class KedaScalerTest {
  private static final ScalerOptions OPTIONS =
      new ScalerOptions(
          "127.0.0.1",
          0,
          "cluster.local",
          Duration.ofSeconds(2),
          Duration.ofSeconds(30),
          Duration.ZERO,
          Duration.ofMillis(10));

  private static final ScaledObjectRef CHAT =
      ScaledObjectRef.newBuilder()
          .setName("chat")
          .setNamespace("models")
          .putAllScalerMetadata(
              Map.of("scalerAddress", "gatun-keda-scaler.gatun.svc:6000", "service", "chat-pods"))
          .build();

  private final List<PodServer> pods = new ArrayList<>();
  private final List<Pod> addresses = new CopyOnWriteArrayList<>();
  private final List<String> askedHosts = new CopyOnWriteArrayList<>();
  private final KedaScaler scaler;
  private final ManagedChannel channel;
  private final ExternalScalerBlockingStub keda;

  KedaScalerTest() throws IOException {
    scaler = KedaScaler.start(OPTIONS, this::resolve, System::nanoTime);
    channel =
        NettyChannelBuilder.forAddress("127.0.0.1", scaler.port())
            .usePlaintext()
            .defaultLoadBalancingPolicy("round_robin")
            .build();
    keda = ExternalScalerGrpc.newBlockingStub(channel).withDeadlineAfter(60, TimeUnit.SECONDS);
  }

  @AfterEach
  void close() throws InterruptedException {
    channel.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    scaler.close();
    pods.forEach(PodServer::close);
  }

  private List<Pod> resolve(String host, int port) throws UnknownHostException {
    askedHosts.add(host + ":" + port);
    if (addresses.isEmpty()) {
      throw new UnknownHostException(host);
    }
    return List.copyOf(addresses);
  }

  private void startPods(int count) throws IOException {
    for (int i = 0; i < count; i++) {
      PodServer pod = new PodServer();
      pods.add(pod);
      addresses.add(pod.pod());
    }
  }

  private double load() {
    MetricValue value =
        keda.getMetrics(
                GetMetricsRequest.newBuilder()
                    .setScaledObjectRef(CHAT)
                    .setMetricName("gatun-load")
                    .build())
            .getMetricValues(0);
    assertThat(value.getMetricName()).isEqualTo("gatun-load");
    assertThat(value.getMetricValue()).isEqualTo((long) Math.ceil(value.getMetricValueFloat()));
    return value.getMetricValueFloat();
  }

  @Test
  void aScaleCheckGetsSpecMetricsAndActivityOfAllPods() throws IOException {
    startPods(2);
    pods.get(0).has(4, 6, 0.2);
    pods.get(1).has(4, 0, 0.4);

    MetricSpec spec = keda.getMetricSpec(CHAT).getMetricSpecs(0);
    assertThat(spec.getMetricName()).isEqualTo("gatun-load").matches("[a-z0-9-]+");
    assertThat(spec.getTargetSizeFloat()).isEqualTo(1);
    assertThat(spec.getTargetSize()).isEqualTo(1);
    assertThat(load()).isEqualTo(1.5 + 0.5);
    assertThat(keda.isActive(CHAT).getResult()).isTrue();
    assertThat(askedHosts).containsOnly("chat-pods.models.svc.cluster.local:8080");

    pods.forEach(pod -> pod.has(0, 0, 0));
    assertThat(load()).isZero();
    assertThat(keda.isActive(CHAT).getResult()).isFalse();
  }

  @Test
  void mistakesInATriggerAreNamedByEveryCall() {
    ScaledObjectRef wrong = CHAT.toBuilder().putScalerMetadata("waitingTarget", "four").build();

    assertThatThrownBy(() -> keda.getMetricSpec(wrong))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT))
        .hasMessageContaining("waitingTarget is 'four'");
    assertThatThrownBy(() -> keda.isActive(wrong)).hasMessageContaining("waitingTarget");
    assertThatThrownBy(() -> keda.streamIsActive(wrong).next())
        .hasMessageContaining("waitingTarget");
    assertThatThrownBy(
            () ->
                keda.getMetrics(
                    GetMetricsRequest.newBuilder()
                        .setScaledObjectRef(CHAT)
                        .setMetricName("s0-gatun-load")
                        .build()))
        .hasMessageContaining("metric name is 's0-gatun-load', there is only gatun-load");
  }

  @Test
  void whenNoPodAnswersKedaGetsAnErrorAndNotANumber() throws IOException {
    assertThatThrownBy(this::load)
        .hasMessageContaining("UNAVAILABLE")
        .hasMessageContaining("chat-pods.models.svc.cluster.local has no addresses");

    startPods(1);
    pods.getFirst().close();

    assertThatThrownBy(this::load).hasMessageContaining("none of the 1 pods");
  }

  @Test
  void aPushStreamTellsEachChangeOnce() throws IOException {
    startPods(1);

    Iterator<IsActiveResponse> stream = keda.streamIsActive(CHAT);

    assertThat(stream.next().getResult()).isFalse();
    pods.getFirst().has(1, 0, 0);
    assertThat(stream.next().getResult()).isTrue();
    pods.getFirst().has(0, 0, 0);
    assertThat(stream.next().getResult()).isFalse();
    scaler.close();
    assertThatThrownBy(stream::next).hasMessageContaining("shutting down");
  }

  @Test
  void healthAndOwnMetricsAreOnTheSamePort() throws Exception {
    startPods(1);
    load();
    assertThatThrownBy(
            () -> keda.isActive(ScaledObjectRef.newBuilder().setNamespace("models").build()))
        .hasMessageContaining("service");

    HealthCheckRequest all = HealthCheckRequest.getDefaultInstance();
    assertThat(HealthGrpc.newBlockingStub(channel).check(all).getStatus())
        .isEqualTo(ServingStatus.SERVING);
    assertThat(get("/metrics"))
        .contains("gatun:scaler_scrapes_total{outcome=\"ok\"} 1.0")
        .contains("gatun:scaler_answers_total{outcome=\"ok\"} 1.0")
        .contains("gatun:scaler_answers_total{outcome=\"refused\"} 1.0")
        .contains("gatun:scaler_pods{state=\"fresh\"} 1.0")
        .contains("gatun:scaler_streams 0.0");
    assertThat(get("/health")).isEmpty();
  }

  private String get(String path) throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + scaler.port() + path);
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString()).body();
    }
  }
}
