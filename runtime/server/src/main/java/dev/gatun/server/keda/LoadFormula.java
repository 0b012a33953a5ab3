package dev.gatun.server.keda;

import java.util.Map;

/**
 * The composite signal.
 *
 * <pre>
 *   load of a pod = min(maxPodLoad, max over signals(value / target))
 *   load          = sum over pods, of which one that does not answer counts as 1
 * </pre>
 *
 * <p>Told as an average against a target of 1, KEDA wants ceil(load) replicas: the load is how many
 * pods at their targets would carry what is there. The largest signal counts alone, since a queue
 * and a full cache are two views of one shortage. A pod that does not answer is as likely too busy
 * as gone, so that it asks neither for more replicas nor for fewer.
 */
final class LoadFormula {
  /** Value per replica that KEDA aims at. */
  static final double TARGET = 1;

  /** Load of a pod of which nothing recent is known. */
  static final double UNKNOWN_POD = 1;

  private LoadFormula() {}

  /**
   * Load of a pod.
   *
   * @throws NoAnswerException naming a metric that the trigger needs and the pod lacks
   */
  static double of(String pod, PodSample sample, Trigger trigger) throws NoAnswerException {
    double load = 0;
    for (Map.Entry<Signal, Double> target : trigger.targets().entrySet()) {
      Signal signal = target.getKey();
      double value =
          sample
              .value(signal)
              .orElseThrow(
                  () ->
                      new NoAnswerException(
                          "pod %s exports no %s; set %s to 0 to do without"
                              .formatted(pod, signal.metric(), signal.key())));
      load = Math.max(load, value / target.getValue());
    }
    return Math.clamp(load, 0, trigger.maxPodLoad());
  }
}
