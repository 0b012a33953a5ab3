package dev.gatun.server.trace;

import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.util.List;

/** Traces gRPC calls, but for health and reflection. */
public final class TracedGrpc implements ServerInterceptor {
  private static final List<String> NOT_TRACED = List.of("grpc.health.", "grpc.reflection.");

  private final Tracing tracing;

  public TracedGrpc(Tracing tracing) {
    this.tracing = tracing;
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    String service = String.valueOf(call.getMethodDescriptor().getServiceName());
    if (NOT_TRACED.stream().anyMatch(service::startsWith)) {
      return next.startCall(call, headers);
    }
    String peer = String.valueOf(call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR));
    Tracing.Incoming incoming =
        new Tracing.Incoming(
            name -> headers.get(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER)), peer, "");
    String method = String.valueOf(call.getMethodDescriptor().getBareMethodName());
    CallSpan span = tracing.grpc(incoming, service, method);
    ServerCall<Q, A> ending =
        new SimpleForwardingServerCall<>(call) {
          @Override
          public void close(Status status, Metadata trailers) {
            span.endGrpc(status.getCode().value());
            super.close(status, trailers);
          }
        };
    return new Listener<>(
        CallScope.<ServerCall.Listener<Q>, RuntimeException>call(
            span, () -> next.startCall(ending, headers)),
        span);
  }

  /** Each callback may come on another thread. */
  private static final class Listener<Q> extends SimpleForwardingServerCallListener<Q> {
    private final CallSpan span;

    Listener(ServerCall.Listener<Q> delegate, CallSpan span) {
      super(delegate);
      this.span = span;
    }

    @Override
    public void onMessage(Q message) {
      CallScope.run(span, () -> super.onMessage(message));
    }

    @Override
    public void onHalfClose() {
      CallScope.run(span, super::onHalfClose);
    }

    @Override
    public void onCancel() {
      CallScope.run(span, super::onCancel);
      span.endGrpc(Status.Code.CANCELLED.value());
    }

    @Override
    public void onComplete() {
      CallScope.run(span, super::onComplete);
    }

    @Override
    public void onReady() {
      CallScope.run(span, super::onReady);
    }
  }
}
