package dev.gatun.server.keda;

import dev.gatun.server.keda.PodResolver.Pod;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The pods of one target and what they last said. Thread-safe: one caller scrapes, the others wait
 * for its result.
 */
final class Fleet {
  /** More are a mistake in the Service, or too many for a reading in time. */
  private static final int MAX_PODS = 1000;

  private final String host;
  private final int port;
  private final PodResolver resolver;
  private final ScrapePool scrapes;
  private final Freshness freshness;
  private final LongSupplier nanoTime;

  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Pod, Dated> samples = new HashMap<>();
  private @Nullable Reading last;
  private long lastNanos;

  /**
   * How old a number may be.
   *
   * @param shared for which one reading answers all that ask
   * @param stale after which a pod that does not answer counts as unknown
   */
  record Freshness(Duration shared, Duration stale) {}

  private record Dated(PodSample sample, long nanos) {}

  /**
   * All pods at one moment.
   *
   * @param pods samples by address; nothing for a pod of which none is recent
   * @param numStale pods whose sample is from an earlier reading
   */
  record Reading(Map<String, Optional<PodSample>> pods, int numStale) {
    Reading {
      pods = Map.copyOf(pods);
    }

    int numUnknown() {
      return (int) pods.values().stream().filter(Optional::isEmpty).count();
    }
  }

  Fleet(
      String host,
      int port,
      PodResolver resolver,
      ScrapePool scrapes,
      Freshness freshness,
      LongSupplier nanoTime) {
    this.host = host;
    this.port = port;
    this.resolver = resolver;
    this.scrapes = scrapes;
    this.freshness = freshness;
    this.nanoTime = nanoTime;
  }

  /** What DNS was asked, for messages. */
  String host() {
    return host;
  }

  /**
   * Resolves and scrapes, unless somebody just has.
   *
   * @throws NoAnswerException if there are too many pods
   */
  Reading read() throws NoAnswerException, InterruptedException {
    lock.lockInterruptibly();
    try {
      Reading recent = last;
      if (recent != null && nanoTime.getAsLong() - lastNanos < freshness.shared.toNanos()) {
        return recent;
      }
      Reading reading = readAnew();
      last = reading;
      lastNanos = nanoTime.getAsLong();
      return reading;
    } finally {
      lock.unlock();
    }
  }

  private Reading readAnew() throws NoAnswerException, InterruptedException {
    List<Pod> pods = resolve();
    samples.keySet().retainAll(pods);
    Map<Pod, PodSample> answers = scrapes.scrape(pods);
    long now = nanoTime.getAsLong();
    answers.forEach((pod, sample) -> samples.put(pod, new Dated(sample, now)));
    Map<String, Optional<PodSample>> result = new LinkedHashMap<>();
    int numStale = 0;
    for (Pod pod : pods) {
      Dated dated = samples.get(pod);
      boolean isRecent = dated != null && now - dated.nanos <= freshness.stale.toNanos();
      numStale += isRecent && !answers.containsKey(pod) ? 1 : 0;
      result.put(
          pod.authority(),
          dated != null && isRecent ? Optional.of(dated.sample) : Optional.empty());
    }
    return new Reading(result, numStale);
  }

  private List<Pod> resolve() throws NoAnswerException {
    List<Pod> pods;
    try {
      pods = resolver.resolve(host, port);
    } catch (UnknownHostException _) {
      return List.of(); // no ready pod; DNS tells it like a name that does not exist
    }
    if (pods.size() > MAX_PODS) {
      throw new NoAnswerException(
          "%s has %d pods, more than the %d that are read".formatted(host, pods.size(), MAX_PODS));
    }
    return pods;
  }

  /** The last reading, for metrics; nothing before the first. */
  Optional<Reading> lastReading() {
    lock.lock();
    try {
      return Optional.ofNullable(last);
    } finally {
      lock.unlock();
    }
  }
}
