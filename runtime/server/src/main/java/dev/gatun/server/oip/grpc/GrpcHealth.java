package dev.gatun.server.oip.grpc;

import dev.gatun.proto.inference.GRPCInferenceServiceGrpc;
import dev.gatun.server.oip.model.ModelRegistry;
import dev.gatun.server.status.ServerStatus;
import io.grpc.BindableService;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.protobuf.services.HealthStatusManager;
import java.util.concurrent.locks.ReentrantLock;

/**
 * grpc.health.v1 for the server (empty name), the inference service and each model by its name.
 * Thread-safe.
 */
final class GrpcHealth {
  private final HealthStatusManager health = new HealthStatusManager();
  private final ReentrantLock lock = new ReentrantLock();
  private final ModelRegistry registry;
  private final ServerStatus status;

  GrpcHealth(ModelRegistry registry, ServerStatus status) {
    this.registry = registry;
    this.status = status;
    status.onChange(this::refresh);
    refresh();
  }

  BindableService service() {
    return health.getHealthService();
  }

  /** Under the lock: of two changes at once the later one must be told last. */
  private void refresh() {
    lock.lock();
    try {
      tell();
    } finally {
      lock.unlock();
    }
  }

  private void tell() {
    boolean isReady = status.isReady();
    health.setStatus(HealthStatusManager.SERVICE_NAME_ALL_SERVICES, serving(isReady));
    health.setStatus(GRPCInferenceServiceGrpc.SERVICE_NAME, serving(isReady));
    for (ModelRegistry.Entry entry : registry.all()) {
      health.setStatus(entry.model().name(), serving(isReady && entry.model().isReady()));
    }
  }

  private static ServingStatus serving(boolean isReady) {
    return isReady ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
  }
}
