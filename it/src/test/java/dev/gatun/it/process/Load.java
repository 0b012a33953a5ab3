package dev.gatun.it.process;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;

/** Users that send one completion after the other; their number may change while they run. */
final class Load implements AutoCloseable {
  private final HttpClient http = HttpClient.newHttpClient();
  private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
  private final IntFunction<String> url;
  private final IntFunction<ObjectNode> body;
  private final AtomicInteger numUsers = new AtomicInteger();
  private final AtomicInteger numSent = new AtomicInteger();
  private final AtomicInteger numAnswered = new AtomicInteger();
  private final AtomicInteger numFailed = new AtomicInteger();
  private volatile boolean isStopped;

  /**
   * Without users at first.
   *
   * @param url of the completion with a number
   * @param body of the completion with a number
   */
  Load(IntFunction<String> url, IntFunction<ObjectNode> body) {
    this.url = url;
    this.body = body;
  }

  /** From now on so many; those who leave do so when their answer is there. */
  void users(int target) {
    int before = numUsers.getAndSet(target);
    for (int user = before; user < target; user++) {
      int number = user;
      executor.execute(() -> send(number));
    }
  }

  private void send(int user) {
    while (!isStopped && user < numUsers.get()) {
      int number = numSent.getAndIncrement();
      HttpRequest request =
          HttpRequest.newBuilder(URI.create(url.apply(number)))
              .version(HttpClient.Version.HTTP_1_1)
              .header("content-type", "application/json")
              .POST(HttpRequest.BodyPublishers.ofString(Clients.json(body.apply(number))))
              .build();
      try {
        int status = http.send(request, HttpResponse.BodyHandlers.ofString()).statusCode();
        (status == 200 ? numAnswered : numFailed).incrementAndGet();
      } catch (InterruptedException e) {
        return; // Closed.
      } catch (IOException e) {
        numFailed.incrementAndGet();
      }
    }
  }

  int numAnswered() {
    return numAnswered.get();
  }

  int numFailed() {
    return numFailed.get();
  }

  @Override
  public void close() {
    isStopped = true;
    http.shutdownNow();
    executor.shutdownNow();
    executor.close();
    http.close();
  }
}
