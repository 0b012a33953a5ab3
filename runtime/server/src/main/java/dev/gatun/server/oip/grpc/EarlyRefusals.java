package dev.gatun.server.oip.grpc;

import dev.gatun.engine.api.ServingException;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Ends ModelInfer calls that would be refused anyway before their message is read. */
public final class EarlyRefusals implements ServerInterceptor {
  private static final String METHOD = "ModelInfer";

  private final Supplier<@Nullable ServingException> refusal;

  /**
   * An interceptor.
   *
   * @param refusal gives why a request for any model would be refused now, or null; must not block
   */
  public EarlyRefusals(Supplier<@Nullable ServingException> refusal) {
    this.refusal = refusal;
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    ServingException refused =
        METHOD.equals(call.getMethodDescriptor().getBareMethodName()) ? refusal.get() : null;
    if (refused == null) {
      return next.startCall(call, headers);
    }
    call.close(GrpcFailures.status(refused), GrpcFailures.trailers(refused));
    return new ServerCall.Listener<>() {};
  }
}
