package dev.gatun.server.keda;

import dev.gatun.server.keda.Trigger.WhenEmpty;
import java.util.Map;
import java.util.Optional;

/**
 * What KEDA is told of a service.
 *
 * @param total as {@link LoadFormula} adds it up
 * @param isActive whether it should have replicas at all
 */
record Load(double total, boolean isActive) {

  /**
   * Of a reading.
   *
   * @param host for messages
   * @throws NoAnswerException if nothing is known that a number could be made of
   */
  static Load of(String host, Fleet.Reading reading, Trigger trigger) throws NoAnswerException {
    int numPods = reading.pods().size();
    if (numPods == 0) {
      if (trigger.whenEmpty() == WhenEmpty.ZERO) {
        return new Load(0, false);
      }
      throw new NoAnswerException(
          host
              + " has no addresses: no pod is ready, or the name is wrong. A service that may be"
              + " scaled to zero says whenEmpty: zero");
    }
    if (reading.numUnknown() == numPods) {
      throw new NoAnswerException(
          "none of the %d pods of %s answers on port %d".formatted(numPods, host, trigger.port()));
    }
    double total = 0;
    boolean hasRequests = false;
    for (Map.Entry<String, Optional<PodSample>> pod : reading.pods().entrySet()) {
      if (pod.getValue().isPresent()) {
        PodSample sample = pod.getValue().get();
        total += LoadFormula.of(pod.getKey(), sample, trigger);
        hasRequests |= sample.hasRequests();
      } else {
        total += LoadFormula.UNKNOWN_POD;
      }
    }
    return new Load(total, hasRequests || total > trigger.activationLoad());
  }
}
