package dev.gatun.server.serve;

import dev.gatun.engine.api.EngineState;
import dev.gatun.server.config.ServeConfig;
import dev.gatun.server.net.ServerTransport;
import dev.gatun.server.otel.TelemetryPlan;
import dev.gatun.server.status.StartupWatch;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The process: binds its port, loads the model beside it, warms up, serves until a signal or a
 * failure, drains.
 */
public final class GatunServer {
  private static final Logger log = LoggerFactory.getLogger(GatunServer.class);

  /** How soon a failed engine is noticed. */
  private static final Duration WATCH_INTERVAL = Duration.ofMillis(200);

  /** Time that error answers get to reach their clients after the engine failed. */
  private static final Duration FAILURE_GRACE = Duration.ofSeconds(2);

  private final ServeConfig config;
  private final LifeCycle lifeCycle;
  private final Endpoints endpoints;
  private final ServerTransport transport;
  private final LoadedModel model;
  private volatile boolean isStopping;

  private GatunServer(
      ServeConfig config,
      LifeCycle lifeCycle,
      Endpoints endpoints,
      ServerTransport transport,
      LoadedModel model) {
    this.config = config;
    this.lifeCycle = lifeCycle;
    this.endpoints = endpoints;
    this.transport = transport;
    this.model = model;
  }

  /**
   * Serves until SIGTERM or SIGINT, after which the process ends with status 0, or until the engine
   * fails.
   *
   * @param exports what goes out over OTLP
   * @param arrival waits for the model's files where they may come after the process
   * @return exit status; only after a failure
   * @throws StartException or the exceptions of {@link PlannedModel#open} if it cannot start
   */
  public static int run(
      ServeConfig config, String version, TelemetryPlan exports, ModelArrival arrival) {
    GatunServer server = start(config, version, exports, arrival);
    Thread hook = new Thread(server::stopOnSignal, "gatun-stop");
    Runtime.getRuntime().addShutdownHook(hook);
    server.watch();
    if (server.isStopping) {
      // The hook ends the process.
      join(hook);
    }
    return 1;
  }

  private static GatunServer start(
      ServeConfig config, String version, TelemetryPlan exports, ModelArrival arrival) {
    long startNanos = System.nanoTime();
    LifeCycle lifeCycle = new LifeCycle();
    StartupWatch startup = new StartupWatch(System::nanoTime);
    Endpoints endpoints = new Endpoints(config, lifeCycle, startup, exports, version);
    endpoints.checkPorts();
    // Netty and the model know nothing of each other, so they come up side by side.
    CompletableFuture<ServerTransport> binding = CompletableFuture.supplyAsync(endpoints::bind);
    LoadedModel model = null;
    boolean started = false;
    try {
      arrival.await(config.model());
      model = new ModelLoader(config, startup).load(endpoints::observer);
      ServerTransport transport = join(binding);
      endpoints.serve(model);
      lifeCycle.ready(model.engine());
      started = true;
      log.info(
          "ready model={} port={} grpc_port={} seconds={}",
          config.servedModelNames().getFirst(),
          transport.port(),
          transport.grpcPort().isPresent() ? transport.grpcPort().getAsInt() : "none",
          Math.round((System.nanoTime() - startNanos) / 1e7) / 100.0);
      return new GatunServer(config, lifeCycle, endpoints, transport, model);
    } finally {
      if (!started) {
        abandon(binding, model);
      }
    }
  }

  private static ServerTransport join(CompletableFuture<ServerTransport> binding) {
    try {
      return binding.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof StartException cause) {
        throw cause;
      }
      throw e;
    }
  }

  private static void abandon(
      CompletableFuture<ServerTransport> binding, @Nullable LoadedModel model) {
    ServerTransport bound = binding.handle((transport, _) -> transport).join();
    if (bound != null) {
      bound.close();
    }
    if (model != null) {
      model.close();
    }
  }

  /** Returns when the server stops or its engine has failed. */
  private void watch() {
    while (!isStopping) {
      if (model.engine().snapshot().state() == EngineState.FAILED) {
        fail();
        return;
      }
      LockSupport.parkNanos(WATCH_INTERVAL.toNanos());
    }
  }

  private void fail() {
    log.error("engine failed; the process ends so that it is restarted");
    isStopping = true;
    lifeCycle.engineChanged();
    try {
      transport.drain(FAILURE_GRACE);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    transport.close();
    endpoints.endExports();
  }

  private void stopOnSignal() {
    if (isStopping) {
      return;
    }
    isStopping = true;
    long startNanos = System.nanoTime();
    log.info(
        "draining requests={} timeout_s={}",
        model.engine().snapshot().numRunning() + model.engine().snapshot().numWaiting(),
        config.shutdownTimeout().toMillis() / 1000.0);
    lifeCycle.draining();
    model.engine().drain();
    boolean isComplete = false;
    try {
      isComplete = transport.drain(config.shutdownTimeout());
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    transport.close();
    endpoints.endExports();
    model.close();
    log.info(
        "stopped complete={} seconds={}",
        isComplete,
        Math.round((System.nanoTime() - startNanos) / 1e7) / 100.0);
    // A JVM that ends by a signal reports 128 + signal; a drained server has not failed.
    Runtime.getRuntime().halt(0);
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
