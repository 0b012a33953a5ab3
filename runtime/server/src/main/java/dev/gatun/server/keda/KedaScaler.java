package dev.gatun.server.keda;

import dev.gatun.proto.externalscaler.ExternalScalerGrpc;
import dev.gatun.server.http.Router;
import dev.gatun.server.metrics.ScalerMetrics;
import dev.gatun.server.net.ServerTransport;
import dev.gatun.server.net.TransportConfig;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The process of {@code gatun keda-scaler}: one port for gRPC, health and its own metrics. */
public final class KedaScaler implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(KedaScaler.class);

  /** Calls take seconds at most. */
  private static final Duration DRAIN = Duration.ofSeconds(5);

  private final HttpPodScraper scraper;
  private final ScrapePool scrapes;
  private final ActivityStreams streams;
  private final HealthStatusManager health = new HealthStatusManager();
  private final ServerTransport transport;

  private KedaScaler(ScalerOptions options, PodResolver resolver, LongSupplier nanoTime)
      throws IOException {
    ScalerMetrics metrics = new ScalerMetrics();
    scraper = new HttpPodScraper(options.scrapeTimeout());
    // Half as long again: pods beyond the first batch wait for their turn.
    scrapes =
        new ScrapePool(scraper, metrics, options.scrapeTimeout().multipliedBy(3).dividedBy(2));
    streams = new ActivityStreams(options.pushInterval());
    Fleet.Freshness freshness = new Fleet.Freshness(options.shareFor(), options.staleAfter());
    Fleets fleets =
        new Fleets(
            target ->
                new Fleet(
                    target.host(options.clusterDomain()),
                    target.port(),
                    resolver,
                    scrapes,
                    freshness,
                    nanoTime));
    metrics.watch(fleets::numPods, streams::size);
    var scaler = new ExternalScalerService(fleets, streams, metrics);
    var reads = metrics.handler();
    Router router =
        Router.builder()
            .route("GET", "/metrics", (call, _) -> reads.handle(call))
            .route("GET", "/health", (call, _) -> call.respond(200, "text/plain", new byte[0]))
            .build();
    transport =
        ServerTransport.start(
            TransportConfig.builder().host(options.host()).port(options.port()).build(),
            List.of(
                scaler.bindService(),
                health.getHealthService().bindService(),
                ProtoReflectionServiceV1.newInstance().bindService()),
            List.of(),
            router);
    health.setStatus(HealthStatusManager.SERVICE_NAME_ALL_SERVICES, ServingStatus.SERVING);
    health.setStatus(ExternalScalerGrpc.SERVICE_NAME, ServingStatus.SERVING);
  }

  /**
   * Starts it.
   *
   * @throws IOException if the port cannot be had
   */
  public static KedaScaler start(ScalerOptions options) throws IOException {
    return start(options, new DnsResolver(), System::nanoTime);
  }

  static KedaScaler start(ScalerOptions options, PodResolver resolver, LongSupplier nanoTime)
      throws IOException {
    KedaScaler scaler = new KedaScaler(options, resolver, nanoTime);
    log.info("ready keda-scaler port={} domain={}", scaler.port(), options.clusterDomain());
    return scaler;
  }

  /** The bound port. */
  public int port() {
    return transport.port();
  }

  /** Stops taking calls, lets those under way finish, ends the streams. */
  @Override
  public void close() {
    health.enterTerminalState();
    streams.close();
    try {
      transport.drain(DRAIN);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    transport.close();
    scrapes.close();
    scraper.close();
  }
}
