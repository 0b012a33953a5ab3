package dev.gatun.server.keda;

import dev.gatun.server.keda.PodResolver.Pod;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** GET /metrics over HTTP/1.1, as Prometheus does. */
final class HttpPodScraper implements PodScraper, AutoCloseable {
  /** Much more than a server exports; a larger body is none of ours. */
  private static final int MAX_BODY_BYTES = 4 << 20;

  private final HttpClient client;
  private final Duration timeout;

  /**
   * Makes a client.
   *
   * @param timeout of a whole scrape, from connecting to the last byte
   */
  HttpPodScraper(Duration timeout) {
    this.timeout = timeout;
    client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(timeout)
            .build();
  }

  @Override
  public PodSample scrape(Pod pod) throws IOException, InterruptedException {
    URI uri = URI.create("http://" + pod.authority() + "/metrics");
    HttpRequest request = HttpRequest.newBuilder(uri).header("accept", "text/plain").build();
    CompletableFuture<HttpResponse<byte[]>> answer =
        client.sendAsync(
            request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), MAX_BODY_BYTES));
    try {
      HttpResponse<byte[]> response = answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
      if (response.statusCode() != 200) {
        throw new IOException(uri + " answered " + response.statusCode());
      }
      return MetricsText.parse(new String(response.body(), StandardCharsets.UTF_8));
    } catch (ExecutionException e) {
      throw new IOException(uri + ": " + e.getCause(), e.getCause());
    } catch (TimeoutException e) {
      throw new IOException(uri + " took longer than " + timeout.toMillis() + " ms", e);
    } finally {
      answer.cancel(true);
    }
  }

  @Override
  public void close() {
    client.shutdownNow();
  }
}
