package dev.gatun.server.keda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatun.server.keda.Trigger.WhenEmpty;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TriggerTest {

  @Test
  void theServiceIsAllItTakes() {
    Trigger trigger = Trigger.of("models", Map.of("service", "chat-pods"));

    assertThat(trigger)
        .isEqualTo(
            new Trigger(
                "models",
                "chat-pods",
                8080,
                Map.of(Signal.WAITING, 4.0, Signal.KV_USAGE, 0.8),
                4,
                0,
                WhenEmpty.ERROR));
    assertThat(trigger.target().host("cluster.local"))
        .isEqualTo("chat-pods.models.svc.cluster.local");
  }

  @Test
  void everyKeyReachesItsField() {
    Map<String, String> metadata = new HashMap<>();
    metadata.put("scalerAddress", "gatun-keda-scaler.gatun.svc:6000");
    metadata.put("service", "s");
    metadata.put("port", "9000");
    metadata.put("waitingTarget", "0");
    metadata.put("kvUsageTarget", "0");
    metadata.put("runningTarget", "32");
    metadata.put("oldestWaitingTargetSeconds", "2.5");
    metadata.put("queueDelayTargetSeconds", "1");
    metadata.put("maxPodLoad", "2");
    metadata.put("activationLoad", "0.5");
    metadata.put("whenEmpty", "zero");

    assertThat(Trigger.of("n", metadata))
        .isEqualTo(
            new Trigger(
                "n",
                "s",
                9000,
                Map.of(Signal.RUNNING, 32.0, Signal.OLDEST_WAITING, 2.5, Signal.QUEUE_DELAY, 1.0),
                2,
                0.5,
                WhenEmpty.ZERO));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "service | | metadata key service is '', must be a name such as chat-pods",
        "service | evil.example.com/x | metadata key service is 'evil.example.com/x'",
        "port | http | metadata key port is 'http', must be a number in [1, 1e9]",
        "port | 80.5 | metadata key port is '80.5', must be a whole number in [1, 65535]",
        "port | 70000 | must be a whole number in [1, 65535]",
        "waitingTarget | four | metadata key waitingTarget is 'four', must be a number in [0, 1e9]",
        "kvUsageTarget | -1 | metadata key kvUsageTarget is '-1'",
        "maxPodLoad | 0.5 | metadata key maxPodLoad is '0.5', must be a number in [1, 1e9]",
        "activationLoad | NaN | metadata key activationLoad is 'NaN'",
        "whenEmpty | maybe | metadata key whenEmpty is 'maybe', must be error or zero",
        "queueTarget | 4 | metadata key queueTarget is unknown; there are service, port",
      })
  void badKeysAreNamedWithTheirValue(String key, String value, String message) {
    Map<String, String> metadata = new HashMap<>(Map.of("service", "chat-pods"));
    metadata.put(key, value == null ? "" : value);

    assertThatThrownBy(() -> Trigger.of("models", metadata))
        .isInstanceOf(TriggerException.class)
        .hasMessageContaining(message);
  }

  @Test
  void somethingMustBeMeasured() {
    Map<String, String> metadata =
        Map.of("service", "s", "waitingTarget", "0", "kvUsageTarget", "0");

    assertThatThrownBy(() -> Trigger.of("n", metadata))
        .hasMessageContaining("every target is 0")
        .hasMessageContaining("waitingTarget");
  }
}
