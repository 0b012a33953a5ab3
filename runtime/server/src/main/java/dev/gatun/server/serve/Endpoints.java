package dev.gatun.server.serve;

import dev.gatun.engine.api.EngineLimits;
import dev.gatun.engine.api.EngineObserver;
import dev.gatun.server.config.ServeConfig;
import dev.gatun.server.config.ServeConfig.ListenOptions;
import dev.gatun.server.http.HttpCall;
import dev.gatun.server.http.HttpHandler;
import dev.gatun.server.http.Router;
import dev.gatun.server.metrics.CacheFacts;
import dev.gatun.server.metrics.Metrics;
import dev.gatun.server.net.ServerTransport;
import dev.gatun.server.net.TransportConfig;
import dev.gatun.server.oip.ServerInfo;
import dev.gatun.server.oip.grpc.EarlyRefusals;
import dev.gatun.server.oip.grpc.GrpcServices;
import dev.gatun.server.oip.llm.LlmModel;
import dev.gatun.server.oip.model.IdentityModel;
import dev.gatun.server.oip.model.Inferences;
import dev.gatun.server.oip.model.ModelRegistry;
import dev.gatun.server.oip.rest.OipRoutes;
import dev.gatun.server.openai.OpenAiOptions;
import dev.gatun.server.openai.OpenAiRoutes;
import dev.gatun.server.openai.ServedModels;
import dev.gatun.server.otel.TelemetryPlan;
import dev.gatun.server.status.StartupWatch;
import dev.gatun.server.text.ServedModel;
import dev.gatun.server.trace.CallScope;
import dev.gatun.server.trace.TracedGrpc;
import dev.gatun.server.trace.TracedHttp;
import dev.gatun.server.trace.Tracing;
import dev.gatun.tensor.Backend;
import io.grpc.ServerInterceptor;
import io.grpc.ServerServiceDefinition;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;

/** Everything the server answers, wired before there is a model; {@link #serve} adds the model. */
final class Endpoints {
  private static final int MIN_CONCURRENT_CALLS = 4096;

  private final ServeConfig config;
  private final LifeCycle lifeCycle;
  private final String version;
  private final TelemetryPlan exports;

  /** Written before the ports are opened, closed after they are. */
  private volatile Tracing tracing = Tracing.OFF;

  private final Metrics metrics;
  private final ModelRegistry registry = new ModelRegistry();
  private final Inferences inferences = new Inferences(registry);
  private final List<ServedModel> served = new CopyOnWriteArrayList<>();

  /**
   * Wires them.
   *
   * @param exports what is to be exported over OTLP
   */
  Endpoints(
      ServeConfig config,
      LifeCycle lifeCycle,
      StartupWatch startup,
      TelemetryPlan exports,
      String version) {
    this.config = config;
    this.lifeCycle = lifeCycle;
    this.version = version;
    this.exports = exports;
    metrics =
        new Metrics(
            config.servedModelNames().getFirst(),
            config.telemetry().legacyMetricNames(),
            System::nanoTime,
            startup,
            lifeCycle::isDraining);
    if (config.enableIdentityModel()) {
      registry.register(new IdentityModel());
    }
  }

  /** What feeds the metrics of an engine; made once. */
  EngineObserver observer(EngineLimits limits) {
    return metrics.planned(
        limits.maxModelLen(),
        new CacheFacts(
            limits.blockSize(),
            limits.numBlocks(),
            config.memory().memoryUtilization(),
            config.memory().kvCacheDtype(),
            config.scheduler().enablePrefixCaching()));
  }

  /** Makes the model known to every protocol. */
  void serve(LoadedModel model) {
    Backend backend = model.planned().backend();
    metrics.watch(model.engine()::snapshot, version, backend.name(), backend.gpuTelemetry());
    for (String name : model.served().names()) {
      registry.register(new LlmModel(name, model.served()));
    }
    served.add(model.served());
  }

  /**
   * Opens the ports.
   *
   * @throws StartException naming the port that cannot be had
   */
  ServerTransport bind() {
    if (exports.isOn()) {
      tracing = startExports();
    }
    ListenOptions listen = config.listen();
    TransportConfig.Builder transport =
        TransportConfig.builder()
            .host(listen.host())
            .port(listen.port())
            .maxConcurrentCalls(maxConcurrentCalls())
            .maxBodyBytes(listen.maxBodyBytes())
            .maxMessageBytes(listen.maxMessageBytes());
    listen.grpcPort().ifPresent(transport::grpcPort);
    ReadinessGate gate = new ReadinessGate(lifeCycle);
    Router router = router();
    OverloadGate overload = new OverloadGate(() -> served);
    List<ServerServiceDefinition> services =
        GrpcServices.all(
            inferences,
            lifeCycle,
            new ServerInfo(version),
            CallScope.carrying(Executors.newVirtualThreadPerTaskExecutor()),
            GrpcServices.DEFAULT_MAX_IN_FLIGHT_PER_STREAM);
    List<ServerInterceptor> interceptors =
        new ArrayList<>(List.of(metrics.counting(services), new TracedGrpc(tracing), gate));
    if (!config.enableIdentityModel()) {
      // Else the message has to be read to know which model is meant.
      interceptors.add(new EarlyRefusals(overload::refusal));
    }
    try {
      return ServerTransport.start(
          transport.build(),
          services,
          interceptors,
          metrics.counted(
              TracedHttp.guard(gate.guard(overload.guard(router)), router::route, tracing),
              router::route));
    } catch (IOException e) {
      throw new StartException(bindMessage(listen, e), e);
    }
  }

  private Tracing startExports() {
    try {
      return Exports.start(exports, version, metrics, config.servedModelNames().getFirst());
    } catch (RuntimeException e) {
      throw new StartException("OTLP export cannot be set up: " + e.getMessage(), e);
    }
  }

  /** Exports what is left; after the last call. */
  void endExports() {
    tracing.close();
  }

  /** So many that the engine's own bound, which counts and explains its refusals, comes first. */
  private int maxConcurrentCalls() {
    return Math.max(MIN_CONCURRENT_CALLS, 2 * config.scheduler().maxQueuedRequests());
  }

  /**
   * Looks whether the ports are free, so that one in use is told before the model has loaded rather
   * than after; {@link #bind} still decides.
   *
   * @throws StartException naming the port that cannot be had
   */
  void checkPorts() {
    ListenOptions listen = config.listen();
    checkPort(listen, listen.port());
    if (listen.grpcPort().isPresent()) {
      checkPort(listen, listen.grpcPort().getAsInt());
    }
  }

  private static void checkPort(ListenOptions listen, int port) {
    try (ServerSocket probe = new ServerSocket()) {
      probe.bind(new InetSocketAddress(listen.host(), port));
    } catch (IOException e) {
      throw new StartException(bindMessage(listen, e), e);
    }
  }

  private static String bindMessage(ListenOptions listen, IOException failure) {
    Throwable cause = failure.getCause() == null ? failure : failure.getCause();
    String ports =
        listen.grpcPort().isPresent()
            ? listen.port() + " or --grpc-port " + listen.grpcPort().getAsInt()
            : String.valueOf(listen.port());
    String reason =
        cause instanceof BindException && String.valueOf(cause.getMessage()).contains("in use")
            ? "is in use; stop what listens there or take another port (0 takes a free one)"
            : "cannot be had: " + cause.getMessage();
    return "--port %s on %s %s".formatted(ports, listen.host(), reason);
  }

  /** Forgets cached prefixes; 409 if running requests still hold some. */
  private void resetPrefixCache(HttpCall call) {
    boolean isEmpty = true;
    for (ServedModel model : served) {
      isEmpty &= model.engine().resetPrefixCache().join();
    }
    String body = "{\"success\": " + isEmpty + "}";
    call.respond(isEmpty ? 200 : 409, "application/json", body.getBytes(StandardCharsets.UTF_8));
  }

  private Router router() {
    Router.Builder router = Router.builder().requestTimeout(config.requestTimeout());
    new OipRoutes(inferences, lifeCycle, new ServerInfo(version)).addTo(router);
    OpenAiRoutes.addTo(
        router,
        new ServedModels(() -> served),
        new OpenAiOptions(true, false, version, InstantSource.system()));
    router.route("POST", "/reset_prefix_cache", (call, _) -> resetPrefixCache(call));
    HttpHandler scrape = metrics.handler();
    router.route("GET", "/metrics", (call, _) -> scrape.handle(call));
    return router.build();
  }
}
