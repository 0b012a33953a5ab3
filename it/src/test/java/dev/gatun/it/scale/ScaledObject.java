package dev.gatun.it.scale;

import com.fasterxml.jackson.databind.JsonNode;
import dev.gatun.it.scale.ScalingRules.Policy;
import dev.gatun.it.scale.ScalingRules.Unit;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What a ScaledObject of KEDA says, its times divided so that a test can wait for them.
 *
 * @param triggers those on Prometheus
 */
public record ScaledObject(
    int min, int max, List<Trigger> triggers, ScalingRules up, ScalingRules down) {

  /** A query and the total that it is measured by. */
  public record Trigger(String query, ScaleMetric.Kind kind, double threshold) {}

  /** From a manifest, all its times so many times shorter. */
  public static ScaledObject of(JsonNode manifest, int timesFaster) {
    JsonNode spec = manifest.path("spec");
    List<Trigger> triggers = new ArrayList<>();
    for (JsonNode trigger : spec.path("triggers")) {
      if (!trigger.path("type").asText().equals("prometheus")) {
        throw new IllegalArgumentException("not a trigger on Prometheus: " + trigger);
      }
      boolean isValue = trigger.path("metricType").asText("AverageValue").equals("Value");
      triggers.add(
          new Trigger(
              trigger.at("/metadata/query").asText(),
              isValue ? ScaleMetric.Kind.VALUE : ScaleMetric.Kind.AVERAGE_VALUE,
              Double.parseDouble(trigger.at("/metadata/threshold").asText())));
    }
    JsonNode behavior = spec.at("/advanced/horizontalPodAutoscalerConfig/behavior");
    return new ScaledObject(
        spec.path("minReplicaCount").asInt(),
        spec.path("maxReplicaCount").asInt(),
        List.copyOf(triggers),
        rules(behavior.path("scaleUp"), timesFaster),
        rules(behavior.path("scaleDown"), timesFaster));
  }

  private static ScalingRules rules(JsonNode direction, int timesFaster) {
    List<Policy> policies = new ArrayList<>();
    for (JsonNode policy : direction.path("policies")) {
      policies.add(
          new Policy(
              Unit.valueOf(policy.path("type").asText().toUpperCase(Locale.ROOT)),
              policy.path("value").asInt(),
              seconds(policy.path("periodSeconds"), timesFaster)));
    }
    if (!direction.path("selectPolicy").asText("Max").equals("Max")) {
      throw new IllegalArgumentException("only selectPolicy Max is known: " + direction);
    }
    return new ScalingRules(
        seconds(direction.path("stabilizationWindowSeconds"), timesFaster), policies);
  }

  private static Duration seconds(JsonNode value, int timesFaster) {
    if (!value.isInt()) {
      throw new IllegalArgumentException("a number of seconds is missing");
    }
    return Duration.ofSeconds(value.asInt()).dividedBy(timesFaster);
  }
}
