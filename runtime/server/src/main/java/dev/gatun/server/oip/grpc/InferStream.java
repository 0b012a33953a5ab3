package dev.gatun.server.oip.grpc;

import dev.gatun.engine.api.ErrorCode;
import dev.gatun.engine.api.ServingException;
import dev.gatun.proto.inference.ModelInferRequest;
import dev.gatun.proto.inference.ModelInferResponse;
import dev.gatun.proto.inference.ModelStreamInferResponse;
import dev.gatun.server.oip.model.InferCall;
import dev.gatun.server.oip.model.InferResponse;
import dev.gatun.server.oip.model.Inferences;
import dev.gatun.server.oip.model.ReservedParameters;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One ModelStreamInfer call. gRPC's thread hands each request to a virtual thread, which answers
 * under the lock, waiting while the client does not read.
 *
 * <p>At most {@code maxInFlight} requests are taken from the wire at once; each that ends makes
 * room for the next, so a client that only sends is slowed by HTTP/2 flow control.
 */
final class InferStream implements StreamObserver<ModelInferRequest> {
  private final Inferences inferences;
  private final Executor executor;
  private final ServerCallStreamObserver<ModelStreamInferResponse> out;
  private final long deadlineNanos;
  private final boolean errorsEndStream;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition writable = lock.newCondition();
  private final Set<InferCall> running = new HashSet<>();
  private boolean isHalfClosed;
  private boolean isEnded;

  /**
   * Models with one response per request answer in the order of requests: opens when the last such
   * request has been answered. Used by gRPC's thread.
   */
  private CountDownLatch lastOrdered = new CountDownLatch(0);

  InferStream(
      Inferences inferences,
      Executor executor,
      ServerCallStreamObserver<ModelStreamInferResponse> out,
      long deadlineNanos,
      boolean errorsEndStream) {
    this.inferences = inferences;
    this.executor = executor;
    this.out = out;
    this.deadlineNanos = deadlineNanos;
    this.errorsEndStream = errorsEndStream;
  }

  /** Takes over the call; must run inside the service method, where gRPC allows it. */
  void start(int maxInFlight) {
    out.disableAutoRequest();
    out.setOnReadyHandler(this::wakeWriters);
    out.setOnCancelHandler(this::cancelAll);
    out.request(maxInFlight);
  }

  @Override
  public void onNext(ModelInferRequest request) {
    InferCall call = new InferCall(deadlineNanos);
    lock.lock();
    try {
      if (isEnded) {
        return;
      }
      running.add(call);
    } finally {
      lock.unlock();
    }
    CountDownLatch mayAnswer = new CountDownLatch(0);
    CountDownLatch answered = new CountDownLatch(1);
    if (!isDecoupled(request)) {
      mayAnswer = lastOrdered;
      lastOrdered = answered;
    }
    CountDownLatch turn = mayAnswer;
    executor.execute(
        () -> {
          try {
            answer(request, call, turn);
          } finally {
            answered.countDown();
            finished(call);
          }
        });
  }

  @Override
  public void onError(Throwable cause) {
    cancelAll();
  }

  @Override
  public void onCompleted() {
    lock.lock();
    try {
      isHalfClosed = true;
      completeIfDone();
    } finally {
      lock.unlock();
    }
  }

  private boolean isDecoupled(ModelInferRequest request) {
    return inferences
        .registry()
        .find(request.getModelName(), "")
        .filter(entry -> entry.model().isDecoupled())
        .isPresent();
  }

  private void answer(ModelInferRequest request, InferCall call, CountDownLatch turn) {
    try {
      ServingException failure = serve(request, call, turn);
      if (failure != null && !call.isCancelled()) {
        turn.await();
        fail(request, call, failure);
      }
    } catch (InterruptedException _) {
      endWith(GrpcFailures.interrupted());
    }
  }

  private @Nullable ServingException serve(
      ModelInferRequest request, InferCall call, CountDownLatch turn) throws InterruptedException {
    boolean isRaw = InferMessages.isRaw(request);
    try {
      inferences.registry().resolve(request.getModelName(), request.getModelVersion());
      inferences.stream(
          InferMessages.request(request),
          call,
          (response, isLast) -> {
            turn.await();
            send(call, content(response, isRaw, isLast));
          });
      return null;
    } catch (ServingException e) {
      return e;
    } catch (RuntimeException e) {
      return GrpcFailures.internal(e);
    }
  }

  private static ModelStreamInferResponse content(
      InferResponse response, boolean isRaw, boolean isLast) {
    return ModelStreamInferResponse.newBuilder()
        .setInferResponse(
            InferMessages.response(response, isRaw).toBuilder()
                .putParameters(ReservedParameters.FINAL_RESPONSE, InferMessages.parameter(isLast)))
        .build();
  }

  private void fail(ModelInferRequest request, InferCall call, ServingException failure)
      throws InterruptedException {
    if (errorsEndStream) {
      endWith(failure);
      return;
    }
    try {
      send(
          call,
          ModelStreamInferResponse.newBuilder()
              .setErrorMessage(GrpcFailures.message(failure))
              .setInferResponse(
                  ModelInferResponse.newBuilder()
                      .setId(request.getId())
                      .setModelName(request.getModelName())
                      .setModelVersion(request.getModelVersion())
                      .putParameters(
                          ReservedParameters.FINAL_RESPONSE, InferMessages.parameter(true)))
              .build());
    } catch (ServingException e) {
      if (e.code() != ErrorCode.CANCELLED) {
        throw e;
      }
    }
  }

  private void send(InferCall call, ModelStreamInferResponse message) throws InterruptedException {
    lock.lock();
    try {
      while (!isEnded && !call.isCancelled() && !out.isReady()) {
        writable.await();
      }
      if (isEnded || call.isCancelled()) {
        throw new ServingException(ErrorCode.CANCELLED, "the stream has ended");
      }
      out.onNext(message);
    } finally {
      lock.unlock();
    }
  }

  private void finished(InferCall call) {
    lock.lock();
    try {
      running.remove(call);
      completeIfDone();
      if (!isEnded) {
        out.request(1);
      }
    } finally {
      lock.unlock();
    }
  }

  private void completeIfDone() {
    if (isHalfClosed && running.isEmpty() && !isEnded) {
      isEnded = true;
      out.onCompleted();
    }
  }

  private void endWith(ServingException failure) {
    lock.lock();
    try {
      if (isEnded) {
        return;
      }
      isEnded = true;
      out.onError(GrpcFailures.ending(failure));
    } finally {
      lock.unlock();
    }
    cancelAll();
  }

  private void wakeWriters() {
    lock.lock();
    try {
      writable.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void cancelAll() {
    List<InferCall> calls;
    lock.lock();
    try {
      isEnded = true;
      calls = List.copyOf(running);
      writable.signalAll();
    } finally {
      lock.unlock();
    }
    calls.forEach(InferCall::cancel);
  }
}
