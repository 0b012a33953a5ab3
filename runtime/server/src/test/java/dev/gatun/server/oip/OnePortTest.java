package dev.gatun.server.oip;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.gatun.proto.inference.GRPCInferenceServiceGrpc;
import dev.gatun.proto.inference.ModelInferRequest;
import dev.gatun.proto.inference.ModelInferResponse;
import dev.gatun.server.http.Router;
import dev.gatun.server.net.ServerTransport;
import dev.gatun.server.net.TransportConfig;
import dev.gatun.server.oip.grpc.GrpcServices;
import dev.gatun.server.oip.llm.LlmModel;
import dev.gatun.server.oip.model.IdentityModel;
import dev.gatun.server.oip.model.Inferences;
import dev.gatun.server.oip.model.ModelRegistry;
import dev.gatun.server.oip.rest.OipRoutes;
import dev.gatun.server.testing.FakeEngine;
import dev.gatun.server.testing.SwitchableStatus;
import dev.gatun.server.testing.TestModels;
import io.grpc.ManagedChannel;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.reflection.v1.ServiceResponse;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Both wires of the protocol on one socket, with real clients. */
final class OnePortTest {
  private static final int TIMEOUT_SECONDS = 20;

  private final FakeEngine engine = new FakeEngine(TestModels.EOS).answering(68, 69, 70);
  private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
  private final HttpClient http = HttpClient.newHttpClient();
  private ServerTransport transport;
  private ManagedChannel channel;

  @BeforeEach
  void start() throws IOException {
    ModelRegistry registry = new ModelRegistry();
    registry.register(new IdentityModel());
    registry.register(new LlmModel("tiny", TestModels.tiny(engine)));
    Inferences inferences = new Inferences(registry);
    SwitchableStatus status = new SwitchableStatus();
    ServerInfo info = new ServerInfo("0.0-test");
    Router.Builder router = Router.builder();
    new OipRoutes(inferences, status, info).addTo(router);
    transport =
        ServerTransport.start(
            TransportConfig.builder().host("127.0.0.1").port(0).workerThreads(2).build(),
            GrpcServices.all(inferences, status, info, executor, 8),
            List.of(),
            router.build());
    channel = NettyChannelBuilder.forAddress("127.0.0.1", transport.port()).usePlaintext().build();
  }

  @AfterEach
  void stop() {
    channel.shutdownNow();
    http.close();
    transport.close();
    executor.shutdownNow();
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + transport.port() + path));
  }

  private HttpResponse<String> post(String path, String json)
      throws IOException, InterruptedException {
    return http.send(
        request(path).POST(HttpRequest.BodyPublishers.ofString(json.replace('\'', '"'))).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void answersBothWires() throws IOException, InterruptedException {
    byte[] data = new byte[1 << 20];
    data[12345] = 7;
    ModelInferRequest raw =
        ModelInferRequest.newBuilder()
            .setModelName("identity")
            .addInputs(
                ModelInferRequest.InferInputTensor.newBuilder()
                    .setName("INPUT0")
                    .setDatatype("BF16")
                    .addShape(data.length / 2))
            .addRawInputContents(ByteString.copyFrom(data))
            .build();

    ModelInferResponse grpc = GRPCInferenceServiceGrpc.newBlockingStub(channel).modelInfer(raw);
    HttpResponse<String> rest =
        post(
            "/v2/models/identity/infer",
            "{'inputs':[{'name':'INPUT0','datatype':'INT8','shape':[2],'data':[1,2]}]}");

    assertThat(grpc.getRawOutputContents(0)).isEqualTo(raw.getRawInputContents(0));
    assertThat(rest.statusCode()).isEqualTo(200);
    assertThat(rest.body()).contains("\"data\":[1,2]");
  }

  @Test
  void carriesBinaryTensorData() throws IOException, InterruptedException {
    String head =
        "{'parameters':{'binary_data_output':true},'inputs':[{'name':'INPUT0','datatype':'FP16',"
            + "'shape':[2],'parameters':{'binary_data_size':4}}]}";
    HttpResponse<byte[]> response =
        http.send(
            request("/v2/models/identity/infer")
                .header("Inference-Header-Content-Length", Integer.toString(head.length()))
                .POST(
                    HttpRequest.BodyPublishers.concat(
                        HttpRequest.BodyPublishers.ofString(head.replace('\'', '"')),
                        HttpRequest.BodyPublishers.ofByteArray(new byte[] {1, 2, 3, -1})))
                .build(),
            HttpResponse.BodyHandlers.ofByteArray());

    assertThat(response.statusCode()).isEqualTo(200);
    int jsonLength =
        Integer.parseInt(
            response.headers().firstValue("inference-header-content-length").orElseThrow());
    assertThat(response.body()).hasSize(jsonLength + 4).endsWith(1, 2, 3, 255);
  }

  @Test
  void streamsTextAsEventsAndAsMessages()
      throws IOException, InterruptedException, ExecutionException, TimeoutException {
    HttpResponse<String> events = post("/v2/models/tiny/generate_stream", "{'text_input':'Hi'}");
    assertThat(events.headers().firstValue("content-type"))
        .hasValue("text/event-stream; charset=utf-8");
    assertThat(events.body()).startsWith("data: {").endsWith("}\n\n").contains("\"stop\"");

    CompletableFuture<String> text = new CompletableFuture<>();
    StreamObserver<ModelInferRequest> requests =
        GRPCInferenceServiceGrpc.newStub(channel)
            .modelStreamInfer(
                new Collector<>(
                    text,
                    message ->
                        message
                            .getInferResponse()
                            .getOutputs(0)
                            .getContents()
                            .getBytesContents(0)
                            .toStringUtf8()));
    ModelInferRequest.Builder request = ModelInferRequest.newBuilder().setModelName("tiny");
    request
        .addInputsBuilder()
        .setName("text_input")
        .setDatatype("BYTES")
        .addShape(1)
        .getContentsBuilder()
        .addBytesContents(ByteString.copyFromUtf8("Hi"));
    request
        .addInputsBuilder()
        .setName("stream")
        .setDatatype("BOOL")
        .addShape(1)
        .getContentsBuilder()
        .addBoolContents(true);
    requests.onNext(request.build());
    requests.onCompleted();
    assertThat(text.get(TIMEOUT_SECONDS, TimeUnit.SECONDS)).isEqualTo("abc");
  }

  @Test
  void tellsHealthAndReflectsItsServices()
      throws InterruptedException, ExecutionException, TimeoutException {
    assertThat(
            HealthGrpc.newBlockingStub(channel)
                .check(HealthCheckRequest.getDefaultInstance())
                .getStatus())
        .isEqualTo(ServingStatus.SERVING);

    CompletableFuture<String> services = new CompletableFuture<>();
    StreamObserver<ServerReflectionRequest> requests =
        ServerReflectionGrpc.newStub(channel)
            .serverReflectionInfo(new Collector<>(services, OnePortTest::serviceNames));
    requests.onNext(ServerReflectionRequest.newBuilder().setListServices("").build());
    requests.onCompleted();
    assertThat(services.get(TIMEOUT_SECONDS, TimeUnit.SECONDS))
        .contains("inference.GRPCInferenceService")
        .contains("grpc.health.v1.Health");
  }

  private static String serviceNames(ServerReflectionResponse response) {
    return String.join(
        " ",
        response.getListServicesResponse().getServiceList().stream()
            .map(ServiceResponse::getName)
            .toList());
  }

  /** Joins what the messages of a stream say. */
  private static final class Collector<T> implements StreamObserver<T> {
    private final StringBuilder text = new StringBuilder();
    private final CompletableFuture<String> result;
    private final Function<T, String> reader;

    Collector(CompletableFuture<String> result, Function<T, String> reader) {
      this.result = result;
      this.reader = reader;
    }

    @Override
    public void onNext(T message) {
      text.append(reader.apply(message));
    }

    @Override
    public void onError(Throwable failure) {
      result.completeExceptionally(failure);
    }

    @Override
    public void onCompleted() {
      result.complete(text.toString());
    }
  }
}
