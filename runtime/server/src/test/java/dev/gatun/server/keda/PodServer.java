package dev.gatun.server.keda;

import dev.gatun.engine.api.EngineSnapshot;
import dev.gatun.server.http.HttpHandler;
import dev.gatun.server.http.Router;
import dev.gatun.server.keda.PodResolver.Pod;
import dev.gatun.server.net.ServerTransport;
import dev.gatun.server.net.TransportConfig;
import java.io.IOException;
import java.util.List;

/** A pod's /metrics on a loopback port: the server's own transport and metrics, without a model. */
final class PodServer implements AutoCloseable {
  private final ServerTransport transport;
  private volatile EngineSnapshot engine = PodText.snapshot(0, 0, 0);

  PodServer() throws IOException {
    HttpHandler metrics = PodText.handler(() -> engine);
    transport =
        ServerTransport.start(
            TransportConfig.builder().host("127.0.0.1").port(0).workerThreads(1).build(),
            List.of(),
            List.of(),
            Router.builder().route("GET", "/metrics", (call, _) -> metrics.handle(call)).build());
  }

  void has(int numRunning, int numWaiting, double kvUsage) {
    engine = PodText.snapshot(numRunning, numWaiting, kvUsage);
  }

  Pod pod() {
    return new Pod("127.0.0.1", transport.port());
  }

  @Override
  public void close() {
    transport.close();
  }
}
