package dev.gatun.server.oip.grpc;

import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;

/**
 * Reads the metadata {@code triton_grpc_error}: with the value true a stream ends with the status
 * of its first failed request instead of reporting it as a message.
 */
final class ErrorMode implements ServerInterceptor {
  static final Metadata.Key<String> HEADER =
      Metadata.Key.of("triton_grpc_error", Metadata.ASCII_STRING_MARSHALLER);

  private static final Context.Key<Boolean> ENDS_STREAM =
      Context.keyWithDefault("triton_grpc_error", false);

  /** What the current call asked for. */
  static boolean endsStream() {
    return ENDS_STREAM.get();
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    boolean endsStream = Boolean.parseBoolean(headers.get(HEADER));
    Context context = Context.current().withValue(ENDS_STREAM, endsStream);
    return Contexts.interceptCall(context, call, headers, next);
  }
}
