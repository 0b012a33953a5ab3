package dev.gatun.server.oip.grpc;

import dev.gatun.proto.inference.ModelInferRequest;
import dev.gatun.proto.inference.ModelStreamInferResponse;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** The client's end of a stream: keeps what arrives, reads on its own or only when asked to. */
final class Responses
    implements ClientResponseObserver<ModelInferRequest, ModelStreamInferResponse> {
  private static final long TIMEOUT_SECONDS = 20;

  private final boolean readsOnDemand;
  private final LinkedBlockingQueue<ModelStreamInferResponse> received =
      new LinkedBlockingQueue<>();
  private final CompletableFuture<Status> end = new CompletableFuture<>();
  private @Nullable ClientCallStreamObserver<ModelInferRequest> call;

  Responses(boolean readsOnDemand) {
    this.readsOnDemand = readsOnDemand;
  }

  @Override
  public void beforeStart(ClientCallStreamObserver<ModelInferRequest> stream) {
    call = stream;
    if (readsOnDemand) {
      stream.disableAutoRequestWithInitial(0);
    }
  }

  @Override
  public void onNext(ModelStreamInferResponse response) {
    received.add(response);
  }

  @Override
  public void onError(Throwable failure) {
    end.complete(Status.fromThrowable(failure));
  }

  @Override
  public void onCompleted() {
    end.complete(Status.OK);
  }

  /** The next response; fails if none arrives. */
  ModelStreamInferResponse next() throws InterruptedException {
    ModelStreamInferResponse response = received.poll(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    if (response == null) {
      throw new AssertionError("no response within " + TIMEOUT_SECONDS + " s");
    }
    return response;
  }

  int numUnread() {
    return received.size();
  }

  Status end() throws InterruptedException {
    try {
      return end.get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new AssertionError("the stream did not end", e);
    }
  }

  ClientCallStreamObserver<ModelInferRequest> call() {
    if (call == null) {
      throw new IllegalStateException("the call has not started");
    }
    return call;
  }
}
