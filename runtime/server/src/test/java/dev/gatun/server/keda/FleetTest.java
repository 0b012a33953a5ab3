package dev.gatun.server.keda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatun.server.keda.PodResolver.Pod;
import dev.gatun.server.metrics.ScalerMetrics;
import java.io.IOException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FleetTest {
  private static final Fleet.Freshness FRESHNESS =
      new Fleet.Freshness(Duration.ofSeconds(1), Duration.ofSeconds(30));

  private final List<Pod> pods = new ArrayList<>(List.of(pod(1), pod(2)));
  private final Set<Pod> silent = ConcurrentHashMap.newKeySet();
  private final AtomicInteger numScrapes = new AtomicInteger();
  private final CountDownLatch never = new CountDownLatch(1);
  private final ScrapePool scrapes =
      new ScrapePool(this::scrape, new ScalerMetrics(), Duration.ofMillis(200));
  private long nanos;
  private final Fleet fleet = new Fleet("h", 8080, this::resolve, scrapes, FRESHNESS, () -> nanos);

  @AfterEach
  void close() {
    scrapes.close();
  }

  private static Pod pod(int number) {
    return new Pod("10.0.0." + number, 8080);
  }

  private List<Pod> resolve(String host, int port) throws UnknownHostException {
    if (pods.isEmpty()) {
      throw new UnknownHostException(host);
    }
    return List.copyOf(pods);
  }

  /** Each scrape of a pod gives a larger number. */
  private PodSample scrape(Pod pod) throws IOException, InterruptedException {
    if (pod.equals(pod(9))) {
      never.await();
    }
    if (silent.contains(pod)) {
      throw new IOException("silent");
    }
    return new PodSample(Map.of(Signal.WAITING, (double) numScrapes.incrementAndGet()));
  }

  private void passSeconds(long seconds) {
    nanos += seconds * 1_000_000_000L;
  }

  @Test
  void oneReadingAnswersAllWhoAskWithinItsTime() throws Exception {
    Fleet.Reading first = fleet.read();
    assertThat(fleet.read()).isSameAs(first);
    assertThat(numScrapes).hasValue(2);

    passSeconds(1);

    assertThat(fleet.read()).isNotSameAs(first);
    assertThat(numScrapes).hasValue(4);
  }

  @Test
  void aSilentPodsLastAnswerCountsForAWhile() throws Exception {
    fleet.read();
    silent.add(pod(2));

    passSeconds(30);
    Fleet.Reading soon = fleet.read();
    passSeconds(1);
    Fleet.Reading later = fleet.read();

    assertThat(soon.pods().get("10.0.0.2:8080")).isPresent();
    assertThat(soon.numStale()).isEqualTo(1);
    assertThat(soon.numUnknown()).isZero();
    assertThat(later.pods().get("10.0.0.2:8080")).isEmpty();
    assertThat(later.numStale()).isZero();
    assertThat(later.numUnknown()).isEqualTo(1);
  }

  @Test
  void aPodThatIsGoneCountsNoLonger() throws Exception {
    fleet.read();
    pods.remove(1);
    passSeconds(5);

    assertThat(fleet.read().pods()).containsOnlyKeys("10.0.0.1:8080");

    pods.add(pod(2));
    silent.add(pod(2));
    passSeconds(5);

    // It is a new pod with an old address: nothing is known of it.
    assertThat(fleet.read().pods().get("10.0.0.2:8080")).isEmpty();
  }

  @Test
  void aNameWithoutAddressesIsAnEmptyFleet() throws Exception {
    pods.clear();

    assertThat(fleet.read()).isEqualTo(new Fleet.Reading(Map.of(), 0));
  }

  @Test
  void aPodThatHangsIsGivenUpAndTheOthersCount() throws Exception {
    pods.add(pod(9));

    Fleet.Reading reading = fleet.read();

    assertThat(reading.pods().get("10.0.0.9:8080")).isEqualTo(Optional.empty());
    assertThat(reading.pods().get("10.0.0.1:8080")).isPresent();
  }

  @Test
  void moreThanAThousandPodsAreAMistake() {
    IntStream.range(10, 1010).forEach(i -> pods.add(new Pod("10.0.1." + i, 8080)));

    assertThatThrownBy(fleet::read)
        .isInstanceOf(NoAnswerException.class)
        .hasMessage("h has 1002 pods, more than the 1000 that are read");
  }

  @Test
  void fleetsCountTheirPodsByWhatIsKnown() throws Exception {
    Fleets fleets = new Fleets(_ -> fleet);
    silent.add(pod(1));
    fleets.of(new Target("n", "s", 8080)).read();

    assertThat(fleets.numPods()).isEqualTo(Map.of("fresh", 1, "stale", 0, "unknown", 1));
  }
}
