package dev.gatun.server.keda;

import dev.gatun.server.keda.PodResolver.Pod;
import dev.gatun.server.metrics.ScalerMetrics;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Scrapes many pods at once, but no more than a bound, for all targets together. Thread-safe. */
final class ScrapePool implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ScrapePool.class);
  private static final int MAX_CONCURRENT = 64;

  private final PodScraper scraper;
  private final ScalerMetrics metrics;
  private final Duration deadline;
  private final Semaphore slots = new Semaphore(MAX_CONCURRENT);
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  /**
   * Makes a pool.
   *
   * @param deadline after which pods that have not answered are given up, however many there are
   */
  ScrapePool(PodScraper scraper, ScalerMetrics metrics, Duration deadline) {
    this.scraper = scraper;
    this.metrics = metrics;
    this.deadline = deadline;
  }

  /** Samples of those that answered. */
  Map<Pod, PodSample> scrape(List<Pod> pods) throws InterruptedException {
    List<Callable<Optional<PodSample>>> tasks =
        pods.stream().<Callable<Optional<PodSample>>>map(pod -> () -> scrape(pod)).toList();
    List<Future<Optional<PodSample>>> answers =
        threads.invokeAll(tasks, deadline.toMillis(), TimeUnit.MILLISECONDS);
    Map<Pod, PodSample> samples = new LinkedHashMap<>();
    for (int i = 0; i < pods.size(); i++) {
      Optional<PodSample> sample = result(answers.get(i));
      metrics.scraped(sample.isPresent());
      if (sample.isPresent()) {
        samples.put(pods.get(i), sample.get());
      }
    }
    return samples;
  }

  private Optional<PodSample> scrape(Pod pod) throws InterruptedException {
    slots.acquire();
    try {
      return Optional.of(scraper.scrape(pod));
    } catch (IOException e) {
      log.debug("scrape failed pod={} reason={}", pod.authority(), e.getMessage());
      return Optional.empty();
    } finally {
      slots.release();
    }
  }

  private static Optional<PodSample> result(Future<Optional<PodSample>> answer)
      throws InterruptedException {
    try {
      return answer.get();
    } catch (CancellationException _) {
      return Optional.empty(); // over the deadline
    } catch (ExecutionException e) {
      throw new IllegalStateException("a scrape failed", e.getCause());
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
