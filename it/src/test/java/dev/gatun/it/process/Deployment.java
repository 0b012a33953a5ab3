package dev.gatun.it.process;

import dev.gatun.it.Checkout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Replicas of a server on loopback ports, as a Deployment and its Service would keep them: a
 * replica gets requests once it is ready, and is told to stop a step after it got its last.
 */
final class Deployment implements AutoCloseable {
  /** Several must share a machine with the client and with Prometheus. */
  private static final Map<String, String> ONE_PROCESSOR =
      Map.of("JAVA_TOOL_OPTIONS", "-XX:ActiveProcessorCount=1 -Xmx256m");

  private final String[] arguments;
  private final List<ServerProcess> starting = new ArrayList<>();
  private final List<ServerProcess> ready = new CopyOnWriteArrayList<>();
  private final List<ServerProcess> leaving = new ArrayList<>();
  private final List<ServerProcess> stopped = new ArrayList<>();

  Deployment(String... arguments) {
    this.arguments = arguments;
  }

  /** One step of the control loop towards a number of replicas; the newest go first. */
  void reconcile(int numReplicas) {
    leaving.forEach(ServerProcess::terminate);
    stopped.addAll(leaving);
    leaving.clear();
    while (numReplicas() < numReplicas) {
      starting.add(ServerProcess.starting(ONE_PROCESSOR, Checkout.demoModel(), arguments));
    }
    while (numReplicas() > numReplicas) {
      leaving.add(starting.isEmpty() ? ready.removeLast() : starting.removeLast());
    }
    for (ServerProcess server : List.copyOf(starting)) {
      if (server.isReady()) {
        starting.remove(server);
        ready.add(server);
      } else if (!server.isAlive()) {
        throw new IllegalStateException("a replica did not start:\n" + server.output());
      }
    }
  }

  /** That there shall be. */
  int numReplicas() {
    return starting.size() + ready.size();
  }

  /** Those that get requests; any thread. */
  List<ServerProcess> ready() {
    return List.copyOf(ready);
  }

  /** Where a request goes, one replica after the other; any thread. */
  String url(int request, String path) {
    List<ServerProcess> servers = ready();
    return servers.get(request % servers.size()).url(path);
  }

  /** Exit statuses of the replicas that were told to stop, once they have ended. */
  List<Integer> exitStatuses() throws InterruptedException {
    List<Integer> statuses = new ArrayList<>();
    for (ServerProcess server : stopped) {
      statuses.add(server.awaitExit());
    }
    return statuses;
  }

  @Override
  public void close() {
    List.of(starting, ready, leaving, stopped).forEach(all -> all.forEach(ServerProcess::close));
  }
}
