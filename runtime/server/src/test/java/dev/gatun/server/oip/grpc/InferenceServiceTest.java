package dev.gatun.server.oip.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.gatun.proto.inference.DataType;
import dev.gatun.proto.inference.GRPCInferenceServiceGrpc;
import dev.gatun.proto.inference.GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub;
import dev.gatun.proto.inference.InferParameter;
import dev.gatun.proto.inference.InferTensorContents;
import dev.gatun.proto.inference.LogSettingsRequest;
import dev.gatun.proto.inference.ModelConfig;
import dev.gatun.proto.inference.ModelConfigRequest;
import dev.gatun.proto.inference.ModelInferRequest;
import dev.gatun.proto.inference.ModelInferResponse;
import dev.gatun.proto.inference.ModelMetadataRequest;
import dev.gatun.proto.inference.ModelMetadataResponse;
import dev.gatun.proto.inference.ModelReadyRequest;
import dev.gatun.proto.inference.ModelStatistics;
import dev.gatun.proto.inference.ModelStatisticsRequest;
import dev.gatun.proto.inference.RepositoryIndexRequest;
import dev.gatun.proto.inference.RepositoryIndexResponse.ModelIndex;
import dev.gatun.proto.inference.RepositoryModelLoadRequest;
import dev.gatun.proto.inference.RepositoryModelUnloadRequest;
import dev.gatun.proto.inference.ServerLiveRequest;
import dev.gatun.proto.inference.ServerMetadataRequest;
import dev.gatun.proto.inference.ServerReadyRequest;
import dev.gatun.proto.inference.SystemSharedMemoryStatusRequest;
import dev.gatun.server.oip.model.IdentityModel;
import dev.gatun.server.oip.tensor.Datatype;
import dev.gatun.server.oip.tensor.InferTensor;
import dev.gatun.server.oip.tensor.RandomTensors;
import io.grpc.CallOptions;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.ClientCalls;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Random;
import java.util.concurrent.Callable;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Unary calls. */
final class InferenceServiceTest {
  private final InProcess inProcess = new InProcess(4, new IdentityModel());
  private final GRPCInferenceServiceBlockingStub stub =
      GRPCInferenceServiceGrpc.newBlockingStub(inProcess.channel);

  @AfterEach
  void close() {
    inProcess.close();
  }

  private static AbstractThrowableAssert<?, ? extends Throwable> fails(
      Status.Code code, Callable<?> call) {
    return assertThatThrownBy(call::call)
        .isInstanceOfSatisfying(
            StatusRuntimeException.class, e -> assertThat(e.getStatus().getCode()).isEqualTo(code));
  }

  @Test
  void tellsHealthOfServerAndModel() {
    HealthGrpc.HealthBlockingStub health = HealthGrpc.newBlockingStub(inProcess.channel);
    ModelReadyRequest identity = ModelReadyRequest.newBuilder().setName("identity").build();

    assertThat(stub.serverLive(ServerLiveRequest.getDefaultInstance()).getLive()).isTrue();
    assertThat(stub.serverReady(ServerReadyRequest.getDefaultInstance()).getReady()).isTrue();
    assertThat(stub.modelReady(identity).getReady()).isTrue();
    assertThat(stub.modelReady(ModelReadyRequest.newBuilder().setName("other").build()).getReady())
        .isFalse();
    for (String service : new String[] {"", "inference.GRPCInferenceService", "identity"}) {
      HealthCheckRequest check = HealthCheckRequest.newBuilder().setService(service).build();
      inProcess.status.ready(true);
      assertThat(health.check(check).getStatus()).isEqualTo(ServingStatus.SERVING);
      inProcess.status.ready(false);
      assertThat(health.check(check).getStatus()).isEqualTo(ServingStatus.NOT_SERVING);
    }
    assertThat(stub.serverLive(ServerLiveRequest.getDefaultInstance()).getLive()).isTrue();
    assertThat(stub.serverReady(ServerReadyRequest.getDefaultInstance()).getReady()).isFalse();
    assertThat(stub.modelReady(identity).getReady()).isFalse();
    fails(
        Status.Code.NOT_FOUND,
        () -> health.check(HealthCheckRequest.newBuilder().setService("other").build()));
  }

  @Test
  void describesServerAndModel() {
    assertThat(stub.serverMetadata(ServerMetadataRequest.getDefaultInstance()))
        .satisfies(
            server -> {
              assertThat(server.getName()).isEqualTo("gatun");
              assertThat(server.getVersion()).isEqualTo("0.0-test");
              assertThat(server.getExtensionsList()).contains("binary_tensor_data", "statistics");
            });
    ModelMetadataResponse metadata =
        stub.modelMetadata(
            ModelMetadataRequest.newBuilder().setName("identity").setVersion("1").build());
    assertThat(metadata.getVersionsList()).containsExactly("1");
    assertThat(metadata.getInputs(0).getName()).isEqualTo("INPUT0");
    assertThat(metadata.getOutputs(0).getShapeList()).containsExactly(-1L);
    ModelConfig config =
        stub.modelConfig(ModelConfigRequest.newBuilder().setName("identity").build()).getConfig();
    assertThat(config.getInput(0).getDataType()).isEqualTo(DataType.TYPE_STRING);
    assertThat(config.getModelTransactionPolicy().getDecoupled()).isFalse();
    fails(
            Status.Code.NOT_FOUND,
            () -> stub.modelMetadata(ModelMetadataRequest.newBuilder().setName("other").build()))
        .hasMessageContaining("Request for unknown model: 'other' is not found");
    fails(
        Status.Code.INVALID_ARGUMENT,
        () ->
            stub.modelConfig(
                ModelConfigRequest.newBuilder().setName("identity").setVersion("v1").build()));
  }

  @ParameterizedTest
  @EnumSource(Datatype.class)
  void identityEchoesEveryDatatypeRaw(Datatype datatype) {
    long seed = System.nanoTime();
    System.out.println("InferenceServiceTest seed=" + seed);
    InferTensor tensor = RandomTensors.tensor("INPUT0", datatype, new Random(seed));
    long[] shape = tensor.shape().stream().mapToLong(size -> size).toArray();

    ModelInferResponse response =
        stub.modelInfer(Requests.raw(datatype.name(), tensor.data(), shape).setId("a").build());

    assertThat(response.getId()).isEqualTo("a");
    assertThat(response.getModelName()).isEqualTo("identity");
    assertThat(response.getModelVersion()).isEqualTo("1");
    assertThat(response.getOutputs(0).getName()).isEqualTo("OUTPUT0");
    assertThat(response.getOutputs(0).getDatatype()).isEqualTo(datatype.name());
    assertThat(response.getOutputs(0).getShapeList()).isEqualTo(tensor.shape());
    assertThat(response.getOutputs(0).hasContents()).isFalse();
    assertThat(response.getRawOutputContentsList()).containsExactly(tensor.data());
  }

  @Test
  void answersTypedToTyped() {
    ModelInferResponse response = stub.modelInfer(Requests.identity("a", -7));

    assertThat(response.getRawOutputContentsCount()).isZero();
    assertThat(response.getOutputs(0).getContents().getIntContentsList()).containsExactly(-7);
  }

  @Test
  void choosesTheRequestedOutputsInTheirOrder() {
    ModelInferRequest.InferInputTensor first = Requests.identity("", 1).getInputs(0);
    ModelInferRequest.Builder request =
        ModelInferRequest.newBuilder()
            .setModelName("identity")
            .addInputs(first)
            .addInputs(first.toBuilder().setName("INPUT1"))
            .addInputs(first.toBuilder().setName("other"));
    request.addOutputsBuilder().setName("other");
    request.addOutputsBuilder().setName("OUTPUT0");

    assertThat(stub.modelInfer(request.build()).getOutputsList())
        .extracting(ModelInferResponse.InferOutputTensor::getName)
        .containsExactly("other", "OUTPUT0");
    request.addOutputsBuilder().setName("OUTPUT2");
    fails(Status.Code.INVALID_ARGUMENT, () -> stub.modelInfer(request.build()))
        .hasMessageContaining("unexpected inference output 'OUTPUT2' for model 'identity'");
  }

  @Test
  void refusesRawAndTypedTogether() {
    ModelInferRequest.Builder mixed = Requests.raw("INT32", ByteString.copyFrom(new byte[4]), 1);
    mixed.getInputsBuilder(0).setContents(InferTensorContents.getDefaultInstance());
    ModelInferRequest.Builder more = Requests.raw("INT32", ByteString.copyFrom(new byte[4]), 1);
    more.addRawInputContents(ByteString.EMPTY);
    ModelInferRequest none =
        Requests.raw("INT32", ByteString.EMPTY, 1).clearRawInputContents().build();

    fails(Status.Code.INVALID_ARGUMENT, () -> stub.modelInfer(mixed.build()))
        .hasMessageContaining("contents field must not be specified when using raw_input_contents");
    fails(Status.Code.INVALID_ARGUMENT, () -> stub.modelInfer(more.build()))
        .hasMessageContaining("2 entries for 1 inputs");
    fails(Status.Code.INVALID_ARGUMENT, () -> stub.modelInfer(none))
        .hasMessageContaining("unable to find data for input tensor 'INPUT0'");
  }

  @Test
  void keepsItsAnswersToHostileRequestsShort() {
    ModelInferRequest.Builder name = Requests.raw("INT32", ByteString.EMPTY, 1);
    name.getInputsBuilder(0).setName("x".repeat(100_000));
    ModelInferRequest rank = Requests.raw("INT32", ByteString.EMPTY, new long[101]).build();

    fails(Status.Code.INVALID_ARGUMENT, () -> stub.modelInfer(name.build()))
        .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(1000));
    fails(Status.Code.INVALID_ARGUMENT, () -> stub.modelInfer(rank))
        .hasMessageContaining("101 dimensions");
    assertThat(
            stub.modelInfer(Requests.raw("INT32", ByteString.EMPTY, new long[100]).build())
                .getOutputs(0)
                .getShapeCount())
        .isEqualTo(100);
  }

  @Test
  void refusesParametersWithoutValue() {
    ModelInferRequest request =
        Requests.identity("", 1).toBuilder()
            .putParameters("k", InferParameter.getDefaultInstance())
            .build();

    fails(Status.Code.INVALID_ARGUMENT, () -> stub.modelInfer(request))
        .hasMessageContaining("invalid value type for 'k' parameter");
  }

  @Test
  void countsWhatItServed() {
    stub.modelInfer(Requests.identity("", 1));
    fails(
        Status.Code.INVALID_ARGUMENT,
        () -> stub.modelInfer(Requests.raw("INT32", ByteString.EMPTY, 1).build()));

    ModelStatistics stats =
        stub.modelStatistics(ModelStatisticsRequest.getDefaultInstance()).getModelStats(0);
    assertThat(stats.getName()).isEqualTo("identity");
    assertThat(stats.getInferenceCount()).isEqualTo(1);
    assertThat(stats.getInferenceStats().getSuccess().getCount()).isEqualTo(1);
    assertThat(stats.getInferenceStats().getFail().getCount()).isEqualTo(1);
    assertThat(stats.getLastInference()).isPositive();
  }

  @Test
  void listsModelsAndKeepsThem() {
    ModelIndex index =
        stub.repositoryIndex(RepositoryIndexRequest.newBuilder().setReady(true).build())
            .getModels(0);
    assertThat(index.getName()).isEqualTo("identity");
    assertThat(index.getState()).isEqualTo("READY");
    fails(
        Status.Code.UNIMPLEMENTED,
        () ->
            stub.repositoryIndex(
                RepositoryIndexRequest.newBuilder().setRepositoryName("r").build()));

    RepositoryModelLoadRequest load =
        RepositoryModelLoadRequest.newBuilder().setModelName("identity").build();
    assertThat(stub.repositoryModelLoad(load)).isNotNull();
    assertThat(
            stub.repositoryModelLoad(
                RepositoryModelLoadRequest.newBuilder().setRepositoryName("identity").build()))
        .isNotNull();
    fails(
        Status.Code.NOT_FOUND,
        () -> stub.repositoryModelLoad(load.toBuilder().setModelName("other").build()));
    fails(
            Status.Code.UNIMPLEMENTED,
            () ->
                stub.repositoryModelUnload(
                    RepositoryModelUnloadRequest.newBuilder().setModelName("identity").build()))
        .hasMessageContaining("cannot be unloaded");
    fails(
        Status.Code.NOT_FOUND,
        () ->
            stub.repositoryModelUnload(
                RepositoryModelUnloadRequest.newBuilder().setModelName("other").build()));
  }

  @Test
  void leavesSharedMemoryAndSettingsUnimplemented() {
    fails(
        Status.Code.UNIMPLEMENTED,
        () -> stub.systemSharedMemoryStatus(SystemSharedMemoryStatusRequest.getDefaultInstance()));
    fails(
        Status.Code.UNIMPLEMENTED, () -> stub.logSettings(LogSettingsRequest.getDefaultInstance()));
  }

  @Test
  void bytesThatAreNoProtobufAreInvalidInEveryServiceAndHarmNoOtherCall() {
    for (String method :
        new String[] {
          "inference.GRPCInferenceService/ModelInfer",
          "inference.GRPCInferenceService/ModelStreamInfer",
          "grpc.health.v1.Health/Check"
        }) {
      MethodDescriptor<byte[], byte[]> raw =
          MethodDescriptor.<byte[], byte[]>newBuilder(RawBytes.INSTANCE, RawBytes.INSTANCE)
              .setType(
                  method.endsWith("StreamInfer")
                      ? MethodDescriptor.MethodType.BIDI_STREAMING
                      : MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(method)
              .build();

      fails(
              Status.Code.INVALID_ARGUMENT,
              () ->
                  ClientCalls.blockingUnaryCall(
                      inProcess.channel, raw, CallOptions.DEFAULT, new byte[] {-1, -1, -1}))
          .hasMessageContaining("malformed");
    }
    assertThat(stub.serverLive(ServerLiveRequest.getDefaultInstance()).getLive()).isTrue();
  }

  /** Messages as they are. */
  private enum RawBytes implements MethodDescriptor.Marshaller<byte[]> {
    INSTANCE;

    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try {
        return stream.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
