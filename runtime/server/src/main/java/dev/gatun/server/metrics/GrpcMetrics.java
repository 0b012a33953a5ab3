package dev.gatun.server.metrics;

import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;

/** Counts gRPC calls by method and status. Any thread. */
final class GrpcMetrics implements ServerInterceptor {
  private static final double NANOS_PER_SECOND = 1e9;

  private final LongSupplier clock;
  private final Counter started;
  private final Counter handled;
  private final Histogram handling;

  GrpcMetrics(Instruments instruments, LongSupplier clock) {
    this.clock = clock;
    started = instruments.counter(TransportMetric.GRPC_STARTED);
    handled = instruments.counter(TransportMetric.GRPC_HANDLED);
    handling = instruments.histogram(TransportMetric.GRPC_HANDLING, 0);
  }

  /** Shows the methods of these services with 0. */
  void announce(List<ServerServiceDefinition> services) {
    for (ServerServiceDefinition service : services) {
      for (MethodDescriptor<?, ?> method : service.getServiceDescriptor().getMethods()) {
        String[] labels = labels(method);
        started.initLabelValues(labels);
        handled.initLabelValues(labels[0], labels[1], labels[2], Status.Code.OK.name());
        handling.initLabelValues(labels);
      }
    }
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    String[] labels = labels(call.getMethodDescriptor());
    long startNanos = clock.getAsLong();
    AtomicBoolean isEnded = new AtomicBoolean();
    started.labelValues(labels).inc();
    ServerCall<Q, A> counted =
        new SimpleForwardingServerCall<>(call) {
          @Override
          public void close(Status status, Metadata trailers) {
            end(labels, status.getCode(), startNanos, isEnded);
            super.close(status, trailers);
          }
        };
    return new SimpleForwardingServerCallListener<>(next.startCall(counted, headers)) {
      @Override
      public void onCancel() {
        end(labels, Status.Code.CANCELLED, startNanos, isEnded);
        super.onCancel();
      }
    };
  }

  private void end(String[] labels, Status.Code code, long startNanos, AtomicBoolean isEnded) {
    if (isEnded.compareAndSet(false, true)) {
      handled.labelValues(labels[0], labels[1], labels[2], code.name()).inc();
      handling.labelValues(labels).observe((clock.getAsLong() - startNanos) / NANOS_PER_SECOND);
    }
  }

  private static String[] labels(MethodDescriptor<?, ?> method) {
    return new String[] {
      type(method.getType()),
      String.valueOf(method.getServiceName()),
      String.valueOf(method.getBareMethodName())
    };
  }

  private static String type(MethodType type) {
    return switch (type) {
      case UNARY -> "unary";
      case CLIENT_STREAMING -> "client_stream";
      case SERVER_STREAMING -> "server_stream";
      case BIDI_STREAMING -> "bidi_stream";
      case UNKNOWN -> "unknown";
    };
  }
}
