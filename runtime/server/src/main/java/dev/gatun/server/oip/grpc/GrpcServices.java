package dev.gatun.server.oip.grpc;

import dev.gatun.server.oip.ServerInfo;
import dev.gatun.server.oip.model.Inferences;
import dev.gatun.server.status.ServerStatus;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.stream.Stream;

/** Everything the gRPC server has to register. */
public final class GrpcServices {
  /** Requests of one stream that are worked on at once, unless configured. */
  public static final int DEFAULT_MAX_IN_FLIGHT_PER_STREAM = 64;

  private GrpcServices() {}

  /**
   * Inference, health and reflection.
   *
   * @param executor runs each inference; a virtual thread per task
   */
  public static List<ServerServiceDefinition> all(
      Inferences inferences,
      ServerStatus status,
      ServerInfo info,
      Executor executor,
      int maxInFlightPerStream) {
    if (maxInFlightPerStream < 1) {
      throw new IllegalArgumentException(
          "maxInFlightPerStream is " + maxInFlightPerStream + ", must be >= 1");
    }
    InferenceService inference =
        new InferenceService(inferences, status, info, executor, maxInFlightPerStream);
    return Stream.of(
            ServerInterceptors.intercept(inference, new ErrorMode()),
            new GrpcHealth(inferences.registry(), status).service().bindService(),
            ProtoReflectionServiceV1.newInstance().bindService())
        .map(MalformedMessages::guard)
        .toList();
  }
}
