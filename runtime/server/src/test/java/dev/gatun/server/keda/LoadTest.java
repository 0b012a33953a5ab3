package dev.gatun.server.keda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatun.server.keda.Fleet.Reading;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LoadTest {
  private static final Trigger TRIGGER = Trigger.of("models", Map.of("service", "chat-pods"));

  private static PodSample pod(double running, double waiting, double kvUsage) {
    return new PodSample(
        Map.of(Signal.RUNNING, running, Signal.WAITING, waiting, Signal.KV_USAGE, kvUsage));
  }

  private static Reading reading(PodSample... pods) {
    Map<String, Optional<PodSample>> byAddress = new HashMap<>();
    for (int i = 0; i < pods.length; i++) {
      byAddress.put("10.0.0." + i + ":8080", Optional.ofNullable(pods[i]));
    }
    return new Reading(byAddress, 0);
  }

  private static Load load(Trigger trigger, PodSample... pods) throws NoAnswerException {
    return Load.of("host", reading(pods), trigger);
  }

  @Test
  void aPodsLoadIsItsLargestSignalAndTheServicesTheSum() throws NoAnswerException {
    assertThat(load(TRIGGER, pod(8, 2, 0.2)).total()).isEqualTo(0.5);
    assertThat(load(TRIGGER, pod(8, 2, 0.6)).total()).isEqualTo(0.6 / 0.8);
    assertThat(load(TRIGGER, pod(8, 4, 0), pod(8, 6, 0)).total()).isEqualTo(2.5);
  }

  @Test
  void onePodCannotAskForMoreThanItsBound() throws NoAnswerException {
    assertThat(load(TRIGGER, pod(8, 4000, 0), pod(0, 0, 0)).total()).isEqualTo(4);
  }

  @Test
  void aSilentPodCountsAsOneAtItsTargets() throws NoAnswerException {
    assertThat(load(TRIGGER, pod(8, 8, 0), null).total()).isEqualTo(3);
    assertThat(load(TRIGGER, pod(0, 0, 0), null, null).total()).isEqualTo(2);
  }

  @Test
  void activeMeansRequestsOrAnUnusualLoad() throws NoAnswerException {
    Trigger patient = Trigger.of("models", Map.of("service", "s", "activationLoad", "0.5"));

    assertThat(load(TRIGGER, pod(0, 0, 0)).isActive()).isFalse();
    assertThat(load(TRIGGER, pod(1, 0, 0)).isActive()).isTrue();
    assertThat(load(patient, pod(1, 0, 0)).isActive()).isTrue();
    assertThat(load(patient, pod(0, 0, 0.4)).isActive()).isFalse();
    assertThat(load(patient, pod(0, 0, 0.6)).isActive()).isTrue();
  }

  @Test
  void whatIsNotKnownIsAnErrorAndNoNumber() {
    assertThatThrownBy(() -> load(TRIGGER, null, null))
        .isInstanceOf(NoAnswerException.class)
        .hasMessage("none of the 2 pods of host answers on port 8080");
    assertThatThrownBy(() -> load(TRIGGER))
        .isInstanceOf(NoAnswerException.class)
        .hasMessageContaining("host has no addresses");
  }

  @Test
  void noPodsMeanNoLoadOnlyWhereTheTriggerSaysSo() throws NoAnswerException {
    Trigger toZero = Trigger.of("models", Map.of("service", "s", "whenEmpty", "zero"));

    assertThat(load(toZero)).isEqualTo(new Load(0, false));
  }

  @Test
  void aMetricThatAPodLacksIsNamed() {
    Trigger trigger =
        Trigger.of("models", Map.of("service", "s", "oldestWaitingTargetSeconds", "5"));

    assertThatThrownBy(() -> load(trigger, pod(1, 1, 0)))
        .hasMessage(
            "pod 10.0.0.0:8080 exports no gatun:oldest_waiting_seconds;"
                + " set oldestWaitingTargetSeconds to 0 to do without");
  }
}
