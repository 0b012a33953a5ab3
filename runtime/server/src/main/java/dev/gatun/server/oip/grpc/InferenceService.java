package dev.gatun.server.oip.grpc;

import dev.gatun.engine.api.GenerateRequest;
import dev.gatun.engine.api.ServingException;
import dev.gatun.proto.inference.GRPCInferenceServiceGrpc.GRPCInferenceServiceImplBase;
import dev.gatun.proto.inference.ModelConfigRequest;
import dev.gatun.proto.inference.ModelConfigResponse;
import dev.gatun.proto.inference.ModelInferRequest;
import dev.gatun.proto.inference.ModelInferResponse;
import dev.gatun.proto.inference.ModelMetadataRequest;
import dev.gatun.proto.inference.ModelMetadataResponse;
import dev.gatun.proto.inference.ModelReadyRequest;
import dev.gatun.proto.inference.ModelReadyResponse;
import dev.gatun.proto.inference.ModelStatisticsRequest;
import dev.gatun.proto.inference.ModelStatisticsResponse;
import dev.gatun.proto.inference.ModelStreamInferResponse;
import dev.gatun.proto.inference.RepositoryIndexRequest;
import dev.gatun.proto.inference.RepositoryIndexResponse;
import dev.gatun.proto.inference.RepositoryModelLoadRequest;
import dev.gatun.proto.inference.RepositoryModelLoadResponse;
import dev.gatun.proto.inference.RepositoryModelUnloadRequest;
import dev.gatun.proto.inference.RepositoryModelUnloadResponse;
import dev.gatun.proto.inference.ServerLiveRequest;
import dev.gatun.proto.inference.ServerLiveResponse;
import dev.gatun.proto.inference.ServerMetadataRequest;
import dev.gatun.proto.inference.ServerMetadataResponse;
import dev.gatun.proto.inference.ServerReadyRequest;
import dev.gatun.proto.inference.ServerReadyResponse;
import dev.gatun.server.oip.ServerInfo;
import dev.gatun.server.oip.model.InferCall;
import dev.gatun.server.oip.model.Inferences;
import dev.gatun.server.oip.model.ModelDescriptions;
import dev.gatun.server.oip.model.ModelRegistry;
import dev.gatun.server.oip.model.ModelRepository;
import dev.gatun.server.status.ServerStatus;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * inference.GRPCInferenceService. Shared memory, trace and log settings answer UNIMPLEMENTED by
 * inheritance. Thread-safe; no method blocks its caller.
 */
final class InferenceService extends GRPCInferenceServiceImplBase {
  private final Inferences inferences;
  private final ModelRegistry registry;
  private final ModelRepository repository;
  private final ServerStatus status;
  private final ServerInfo info;
  private final Executor executor;
  private final int maxInFlightPerStream;

  InferenceService(
      Inferences inferences,
      ServerStatus status,
      ServerInfo info,
      Executor executor,
      int maxInFlightPerStream) {
    this.inferences = inferences;
    this.registry = inferences.registry();
    this.repository = new ModelRepository(registry);
    this.status = status;
    this.info = info;
    this.executor = executor;
    this.maxInFlightPerStream = maxInFlightPerStream;
  }

  @Override
  public void serverLive(ServerLiveRequest request, StreamObserver<ServerLiveResponse> out) {
    answer(out, () -> ServerLiveResponse.newBuilder().setLive(status.isLive()).build());
  }

  @Override
  public void serverReady(ServerReadyRequest request, StreamObserver<ServerReadyResponse> out) {
    answer(out, () -> ServerReadyResponse.newBuilder().setReady(status.isReady()).build());
  }

  @Override
  public void modelReady(ModelReadyRequest request, StreamObserver<ModelReadyResponse> out) {
    answer(
        out,
        () ->
            ModelReadyResponse.newBuilder()
                .setReady(
                    status.isReady()
                        && registry
                            .find(request.getName(), request.getVersion())
                            .filter(entry -> entry.model().isReady())
                            .isPresent())
                .build());
  }

  @Override
  public void serverMetadata(
      ServerMetadataRequest request, StreamObserver<ServerMetadataResponse> out) {
    answer(
        out,
        () ->
            ServerMetadataResponse.newBuilder()
                .setName(ServerInfo.NAME)
                .setVersion(info.version())
                .addAllExtensions(ServerInfo.EXTENSIONS)
                .build());
  }

  @Override
  public void modelMetadata(
      ModelMetadataRequest request, StreamObserver<ModelMetadataResponse> out) {
    answer(
        out,
        () ->
            ModelDescriptions.metadata(
                registry.resolve(request.getName(), request.getVersion()).model()));
  }

  @Override
  public void modelConfig(ModelConfigRequest request, StreamObserver<ModelConfigResponse> out) {
    answer(
        out,
        () ->
            ModelConfigResponse.newBuilder()
                .setConfig(
                    ModelDescriptions.config(
                        registry.resolve(request.getName(), request.getVersion()).model()))
                .build());
  }

  @Override
  public void modelStatistics(
      ModelStatisticsRequest request, StreamObserver<ModelStatisticsResponse> out) {
    answer(out, () -> registry.statistics(request.getName(), request.getVersion()));
  }

  @Override
  public void repositoryIndex(
      RepositoryIndexRequest request, StreamObserver<RepositoryIndexResponse> out) {
    answer(
        out,
        () ->
            RepositoryIndexResponse.newBuilder()
                .addAllModels(repository.index(request.getRepositoryName(), request.getReady()))
                .build());
  }

  @Override
  public void repositoryModelLoad(
      RepositoryModelLoadRequest request, StreamObserver<RepositoryModelLoadResponse> out) {
    answer(
        out,
        () -> {
          repository.load(
              modelName(request.getModelName(), request.getRepositoryName()),
              request.getParametersMap().keySet());
          return RepositoryModelLoadResponse.getDefaultInstance();
        });
  }

  @Override
  public void repositoryModelUnload(
      RepositoryModelUnloadRequest request, StreamObserver<RepositoryModelUnloadResponse> out) {
    answer(
        out,
        () -> {
          repository.unload(modelName(request.getModelName(), request.getRepositoryName()));
          return RepositoryModelUnloadResponse.getDefaultInstance();
        });
  }

  /** KServe's own message has the model name where the protocol has the repository name. */
  private static String modelName(String modelName, String repositoryName) {
    return modelName.isEmpty() ? repositoryName : modelName;
  }

  @Override
  public void modelInfer(ModelInferRequest request, StreamObserver<ModelInferResponse> out) {
    InferCall call = new InferCall(deadlineNanos());
    ((ServerCallStreamObserver<ModelInferResponse>) out).setOnCancelHandler(call::cancel);
    executor.execute(() -> infer(request, call, out));
  }

  private void infer(
      ModelInferRequest request, InferCall call, StreamObserver<ModelInferResponse> out) {
    ServingException failure;
    try {
      registry.resolve(request.getModelName(), request.getModelVersion());
      out.onNext(
          InferMessages.response(
              inferences.infer(InferMessages.request(request), call),
              InferMessages.isRaw(request)));
      out.onCompleted();
      return;
    } catch (ServingException e) {
      failure = e;
    } catch (InterruptedException _) {
      failure = GrpcFailures.interrupted();
    } catch (RuntimeException e) {
      failure = GrpcFailures.internal(e);
    }
    out.onError(GrpcFailures.ending(failure));
  }

  @Override
  public StreamObserver<ModelInferRequest> modelStreamInfer(
      StreamObserver<ModelStreamInferResponse> out) {
    InferStream stream =
        new InferStream(
            inferences,
            executor,
            (ServerCallStreamObserver<ModelStreamInferResponse>) out,
            deadlineNanos(),
            ErrorMode.endsStream());
    stream.start(maxInFlightPerStream);
    return stream;
  }

  /** The deadline of the current call on the clock of the engine. */
  private static long deadlineNanos() {
    Deadline deadline = Context.current().getDeadline();
    return deadline == null
        ? GenerateRequest.NO_DEADLINE
        : System.nanoTime() + deadline.timeRemaining(TimeUnit.NANOSECONDS);
  }

  private static <T> void answer(StreamObserver<T> out, Supplier<T> response) {
    T message;
    try {
      message = response.get();
    } catch (ServingException e) {
      out.onError(GrpcFailures.ending(e));
      return;
    }
    out.onNext(message);
    out.onCompleted();
  }
}
