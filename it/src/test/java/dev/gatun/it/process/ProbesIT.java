package dev.gatun.it.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.it.Checkout;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The three probes of the runtimes, each with its own meaning, while a modelcar's link is late. */
class ProbesIT {
  private static final String STARTUP = "/health";
  private static final String READINESS = "/v2/health/ready";
  private static final String LIVENESS = "/v2/health/live";

  private final HttpClient client = HttpClient.newHttpClient();

  @Test
  void aLateModelIsWaitedForAliveAndNotReady(@TempDir Path dir) throws Exception {
    int port = freePort();
    Path link = dir.resolve("models");
    try (ServerProcess server =
        ServerProcess.launch(
            Map.of("MODEL_INIT_MODE", "async"),
            "--model=" + link,
            "--served-model-name=demo",
            "--host=127.0.0.1",
            "--port=" + port)) {
      Await.until("the wait", () -> server.output().contains("waiting for model"));
      Await.until("the port", () -> server.output().contains("listening"));

      assertThat(statuses(port, STARTUP, READINESS, LIVENESS)).containsExactly(503, 503, 200);

      Files.createSymbolicLink(link, Checkout.demoModel());
      Await.until("ready", () -> statuses(port, READINESS).equals(List.of(200)));

      assertThat(statuses(port, STARTUP, READINESS, LIVENESS)).containsExactly(200, 200, 200);
    }
  }

  private List<Integer> statuses(int port, String... paths) {
    return List.of(paths).stream().map(path -> status(port, path)).toList();
  }

  private int status(int port, String path) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build();
    try {
      return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
    } catch (IOException e) {
      throw new AssertionError(path, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(path, e);
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
