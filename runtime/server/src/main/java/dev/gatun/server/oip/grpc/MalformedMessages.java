package dev.gatun.server.oip.grpc;

import com.google.protobuf.InvalidProtocolBufferException;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;

/**
 * Ends a call whose message is no protobuf of its type with INVALID_ARGUMENT. grpc-java itself
 * would answer UNKNOWN and log a stack trace for each, since it parses outside of any interceptor;
 * here messages reach the interceptor as streams of bytes and are parsed within it.
 */
final class MalformedMessages implements ServerInterceptor {

  /** The same service, guarded. Streams are handed on as they are, so nothing is copied. */
  static ServerServiceDefinition guard(ServerServiceDefinition service) {
    return ServerInterceptors.intercept(
        ServerInterceptors.useInputStreamMessages(service), new MalformedMessages());
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    GuardedCall<Q, A> guarded = new GuardedCall<>(call);
    return new SimpleForwardingServerCallListener<>(next.startCall(guarded, headers)) {
      @Override
      public void onMessage(Q message) {
        if (guarded.isRefused) {
          return;
        }
        try {
          super.onMessage(message);
        } catch (StatusRuntimeException e) {
          if (!(e.getCause() instanceof InvalidProtocolBufferException malformed)) {
            throw e;
          }
          guarded.refuse("the message is malformed: " + malformed.getMessage());
          // Earlier requests of a stream may still run; nobody will read their answers.
          super.onCancel();
        }
      }

      @Override
      public void onHalfClose() {
        if (!guarded.isRefused) {
          super.onHalfClose();
        }
      }
    };
  }

  /** Drops what the service says after the refusal: a call can be closed only once. */
  private static final class GuardedCall<Q, A> extends SimpleForwardingServerCall<Q, A> {
    /** Set on the call's thread; read by those that send. */
    volatile boolean isRefused;

    GuardedCall(ServerCall<Q, A> call) {
      super(call);
    }

    synchronized void refuse(String message) {
      isRefused = true;
      super.close(Status.INVALID_ARGUMENT.withDescription(message), new Metadata());
    }

    @Override
    public synchronized void sendHeaders(Metadata headers) {
      if (!isRefused) {
        super.sendHeaders(headers);
      }
    }

    @Override
    public synchronized void sendMessage(A message) {
      if (!isRefused) {
        super.sendMessage(message);
      }
    }

    @Override
    public synchronized void close(Status status, Metadata trailers) {
      if (!isRefused) {
        super.close(status, trailers);
      }
    }

    @Override
    public boolean isCancelled() {
      return isRefused || super.isCancelled();
    }
  }
}
