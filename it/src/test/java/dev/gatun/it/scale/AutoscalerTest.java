package dev.gatun.it.scale;

import static dev.gatun.it.scale.ScaleMetric.Kind.AVERAGE_VALUE;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The rules of the HorizontalPodAutoscaler on external metrics, case by case. */
class AutoscalerTest {
  private final Autoscaler autoscaler = autoscaler(1, 20);

  private static Autoscaler autoscaler(int min, int max) {
    return new Autoscaler(min, max, ScalingRules.DEFAULT_UP, ScalingRules.DEFAULT_DOWN);
  }

  private int decide(long seconds, double total, double target, int numReplicas) {
    return autoscaler.decide(
        Duration.ofSeconds(seconds).toNanos(),
        List.of(new ScaleMetric(AVERAGE_VALUE, total, target)),
        numReplicas,
        numReplicas);
  }

  @ParameterizedTest
  @CsvSource({
    "AVERAGE_VALUE, 4, 4, 1, 1, 1",
    "AVERAGE_VALUE, 4.3, 4, 1, 1, 1",
    "AVERAGE_VALUE, 5, 4, 1, 1, 2",
    "AVERAGE_VALUE, 9, 4, 2, 2, 3",
    "AVERAGE_VALUE, 8.5, 4, 2, 2, 2",
    "AVERAGE_VALUE, 40, 4, 1, 1, 10",
    "AVERAGE_VALUE, 0, 4, 3, 3, 0",
    "AVERAGE_VALUE, NaN, 4, 3, 3, 0",
    "AVERAGE_VALUE, -2, 4, 3, 3, 0",
    "AVERAGE_VALUE, 4.0004, 4, 1, 1, 1",
    "VALUE, 6, 4, 2, 2, 3",
    "VALUE, 6, 4, 2, 1, 2",
    "VALUE, 4.3, 4, 2, 2, 2"
  })
  void aMetricAsksForPods(
      ScaleMetric.Kind kind, double total, double target, int replicas, int ready, int expected) {
    assertThat(new ScaleMetric(kind, total, target).desired(replicas, ready)).isEqualTo(expected);
  }

  @Test
  void growthIsLimitedToFourPodsOrTheDoubleInAPeriod() {
    assertThat(decide(0, 100, 4, 1)).isEqualTo(5);
    assertThat(decide(5, 100, 4, 5)).isEqualTo(5);
    assertThat(decide(16, 100, 4, 5)).isEqualTo(10);
    assertThat(decide(32, 100, 4, 10)).isEqualTo(20);
  }

  @Test
  void theHighestWishOfTheWindowWins() {
    assertThat(decide(0, 12, 4, 3)).isEqualTo(3);
    assertThat(decide(15, 0, 4, 3)).isEqualTo(3);
    assertThat(decide(299, 4, 4, 3)).isEqualTo(3);
    assertThat(decide(300, 4, 4, 3)).isEqualTo(1);
  }

  @Test
  void aDipShorterThanTheWindowChangesNothing() {
    for (int second = 0; second < 600; second += 15) {
      boolean isDip = second % 150 == 0;

      assertThat(decide(second, isDip ? 1 : 12, 4, 3)).isEqualTo(3);
    }
  }

  @Test
  void aPolicyForTheWayDownTakesPodsOneByOne() {
    ScalingRules slowly =
        new ScalingRules(
            Duration.ZERO,
            List.of(new ScalingRules.Policy(ScalingRules.Unit.PODS, 1, Duration.ofMinutes(1))));
    Autoscaler slow = new Autoscaler(1, 5, ScalingRules.DEFAULT_UP, slowly);
    List<ScaleMetric> idle = List.of(new ScaleMetric(AVERAGE_VALUE, 0, 4));

    assertThat(slow.decide(0, idle, 4, 4)).isEqualTo(3);
    assertThat(slow.decide(Duration.ofSeconds(30).toNanos(), idle, 3, 3)).isEqualTo(3);
    assertThat(slow.decide(Duration.ofSeconds(61).toNanos(), idle, 3, 3)).isEqualTo(2);
  }

  @Test
  void theMetricThatAsksForMostDecidesWithinTheBounds() {
    List<ScaleMetric> metrics =
        List.of(new ScaleMetric(AVERAGE_VALUE, 2, 4), new ScaleMetric(AVERAGE_VALUE, 9, 4));

    assertThat(autoscaler.decide(0, metrics, 1, 1)).isEqualTo(3);
    assertThat(autoscaler(1, 2).decide(0, metrics, 1, 1)).isEqualTo(2);
    assertThat(autoscaler(4, 5).decide(0, metrics, 3, 3)).isEqualTo(4);
  }
}
