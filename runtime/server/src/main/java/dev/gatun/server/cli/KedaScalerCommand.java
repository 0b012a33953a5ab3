package dev.gatun.server.cli;

import dev.gatun.server.config.ConfigException;
import dev.gatun.server.keda.KedaScaler;
import dev.gatun.server.keda.ScalerOptions;
import dev.gatun.server.serve.StartException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code gatun keda-scaler}: tells KEDA how many replicas services need. */
@Command(
    name = "gatun keda-scaler",
    description = "Serves KEDA's triggers of type external and external-push.",
    sortOptions = false,
    footer = {
      "",
      "A trigger names a headless Service; each of its pods is asked for /metrics, and the load of",
      "all, in which 1 is a pod at its targets, is what KEDA scales on. Keys of a trigger:",
      "  service                      headless Service in the ScaledObject's namespace",
      "  port                         of the pods' /metrics [8080]",
      "  waitingTarget                waiting requests per pod [4]",
      "  kvUsageTarget                share of the KV cache in use [0.8]",
      "  runningTarget                running requests per pod [0, off]",
      "  oldestWaitingTargetSeconds   age of the oldest waiting request [0, off]",
      "  queueDelayTargetSeconds      predicted delay of a new request [0, off]",
      "  maxPodLoad                   bound of one pod's load [4]",
      "  activationLoad               load above which a service without requests is active [0]",
      "  whenEmpty                    a Service without pods: error, or zero if it scales to zero",
      "",
      "Example:",
      "  gatun keda-scaler --port 6000"
    })
public final class KedaScalerCommand implements Callable<Integer> {

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Prints this.")
  private boolean unusedHelp;

  @Option(names = "--host", paramLabel = "ADDRESS", description = "Address to listen on [0.0.0.0].")
  private String host = "0.0.0.0";

  @Option(
      names = "--port",
      paramLabel = "PORT",
      description = "Port for gRPC, /metrics and /health [6000]; 0 takes a free one.")
  private int port = 6000;

  @Option(
      names = "--cluster-domain",
      paramLabel = "DOMAIN",
      description = "End of the names of Services [cluster.local].")
  private String clusterDomain = "cluster.local";

  @Option(
      names = "--scrape-timeout",
      paramLabel = "SECONDS",
      description = "Time that a pod has to answer [2].")
  private double scrapeTimeout = 2;

  @Option(
      names = "--stale-after",
      paramLabel = "SECONDS",
      description =
          "Age at which the last answer of a silent pod no longer counts [30]; the pod then counts"
              + " as one at its targets.")
  private double staleAfter = 30;

  @Option(
      names = "--share-for",
      paramLabel = "SECONDS",
      description = "Time for which one reading of the pods answers all calls [1].")
  private double shareFor = 1;

  @Option(
      names = "--push-interval",
      paramLabel = "SECONDS",
      description = "How often streams look for changes [2].")
  private double pushInterval = 2;

  @Override
  public Integer call() throws InterruptedException {
    ScalerOptions options =
        new ScalerOptions(
            host,
            port,
            clusterDomain,
            seconds("--scrape-timeout", scrapeTimeout, 0.1),
            seconds("--stale-after", staleAfter, 0),
            seconds("--share-for", shareFor, 0),
            seconds("--push-interval", pushInterval, 0.1));
    KedaScaler scaler;
    try {
      scaler = KedaScaler.start(options);
    } catch (IOException e) {
      throw new StartException(
          "--port %d on %s cannot be had: %s".formatted(port, host, e.getMessage()), e);
    }
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  scaler.close();
                  // A JVM that ends by a signal reports 128 + signal; this one has not failed.
                  Runtime.getRuntime().halt(0);
                },
                "gatun-stop"));
    // Nothing to do here until the hook ends the process.
    new CountDownLatch(1).await();
    return 0;
  }

  private static Duration seconds(String name, double value, double least) {
    if (!(value >= least && value <= 3600)) {
      throw new ConfigException(
          "%s is %s, must be seconds in [%s, 3600]".formatted(name, value, least));
    }
    return Duration.ofMillis(Math.round(value * 1000));
  }
}
