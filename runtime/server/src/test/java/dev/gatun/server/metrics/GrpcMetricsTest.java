package dev.gatun.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatun.proto.inference.GRPCInferenceServiceGrpc;
import dev.gatun.proto.inference.GRPCInferenceServiceGrpc.GRPCInferenceServiceImplBase;
import dev.gatun.proto.inference.ServerLiveRequest;
import dev.gatun.proto.inference.ServerLiveResponse;
import dev.gatun.proto.inference.ServerReadyRequest;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.StatusRuntimeException;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class GrpcMetricsTest {
  private static final String SERVICE = "inference.GRPCInferenceService";

  private final MetricsFixture fixture = new MetricsFixture();

  static List<ServerServiceDefinition> services() {
    return List.of(
        new GRPCInferenceServiceImplBase() {
          @Override
          public void serverLive(
              ServerLiveRequest request, StreamObserver<ServerLiveResponse> out) {
            out.onNext(ServerLiveResponse.newBuilder().setLive(true).build());
            out.onCompleted();
          }
        }.bindService());
  }

  @Test
  void callsAreCountedByMethodAndStatus() throws IOException {
    Server server =
        InProcessServerBuilder.forName("metrics")
            .directExecutor()
            .addServices(services())
            .intercept(fixture.metrics.counting(services()))
            .build()
            .start();
    ManagedChannel channel = InProcessChannelBuilder.forName("metrics").directExecutor().build();
    try {
      GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub stub =
          GRPCInferenceServiceGrpc.newBlockingStub(channel);
      assertThat(stub.serverLive(ServerLiveRequest.getDefaultInstance()).getLive()).isTrue();
      assertThatThrownBy(() -> stub.serverReady(ServerReadyRequest.getDefaultInstance()))
          .isInstanceOf(StatusRuntimeException.class);
    } finally {
      channel.shutdownNow();
      server.shutdownNow();
    }

    Exposition now = fixture.scrape();
    assertThat(handled(now, "ServerLive", "OK")).isEqualTo(1);
    assertThat(handled(now, "ServerReady", "OK")).isZero();
    assertThat(handled(now, "ServerReady", "UNIMPLEMENTED")).isEqualTo(1);
    assertThat(now.value("grpc_server_started_total", "grpc_method", "ServerReady")).isEqualTo(1);
    assertThat(now.value("grpc_server_handling_seconds_count", "grpc_method", "ServerLive"))
        .isEqualTo(1);
    assertThat(
            now.value(
                "grpc_server_started_total",
                "grpc_type",
                "bidi_stream",
                "grpc_method",
                "ModelStreamInfer"))
        .isZero();
  }

  private static double handled(Exposition now, String method, String code) {
    return now.value(
        "grpc_server_handled_total",
        "grpc_type",
        "unary",
        "grpc_service",
        SERVICE,
        "grpc_method",
        method,
        "grpc_code",
        code);
  }
}
