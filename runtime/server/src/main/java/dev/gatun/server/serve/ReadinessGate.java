package dev.gatun.server.serve;

import dev.gatun.engine.api.ErrorCode;
import dev.gatun.engine.api.ServingException;
import dev.gatun.server.http.ErrorBody;
import dev.gatun.server.http.HttpCall;
import dev.gatun.server.http.HttpHandler;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * While the model loads, the port is open but only health, version and metrics answer; everything
 * else is UNAVAILABLE, which clients and load balancers retry elsewhere, where NOT_FOUND would be
 * taken at its word.
 */
final class ReadinessGate implements ServerInterceptor {
  private static final String MESSAGE = "the server is loading its model; try again later";
  private static final List<String> OPEN_PATHS =
      List.of("/v2/health", "/health", "/ping", "/metrics", "/version");
  private static final List<String> OPEN_SERVICES = List.of("grpc.health.v1.Health");
  private static final List<String> OPEN_METHODS =
      List.of("ServerLive", "ServerReady", "ServerMetadata");

  private final LifeCycle lifeCycle;

  ReadinessGate(LifeCycle lifeCycle) {
    this.lifeCycle = lifeCycle;
  }

  /** REST: passes calls on unless the model is loading. */
  HttpHandler guard(HttpHandler root) {
    return new HttpHandler() {
      @Override
      public void handle(HttpCall call) throws InterruptedException {
        if (lifeCycle.isStarting() && !isOpen(call)) {
          ErrorBody.forPath(call.path())
              .respond(call, new ServingException(ErrorCode.UNAVAILABLE, MESSAGE));
        } else {
          root.handle(call);
        }
      }

      @Override
      public @Nullable ServingException refusal(String method, String path) {
        return root.refusal(method, path);
      }
    };
  }

  private static boolean isOpen(HttpCall call) {
    return OPEN_PATHS.stream().anyMatch(call.path()::startsWith);
  }

  /** gRPC: the same. */
  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    String service = String.valueOf(call.getMethodDescriptor().getServiceName());
    String method = String.valueOf(call.getMethodDescriptor().getBareMethodName());
    if (lifeCycle.isStarting()
        && !OPEN_SERVICES.contains(service)
        && !OPEN_METHODS.contains(method)) {
      call.close(Status.UNAVAILABLE.withDescription(MESSAGE), new Metadata());
      return new ServerCall.Listener<>() {};
    }
    return next.startCall(call, headers);
  }
}
