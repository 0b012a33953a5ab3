package dev.gatun.server.keda;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The metadata of one trigger, checked.
 *
 * @param namespace of the ScaledObject, and so of the pods: a trigger cannot name another one
 * @param service headless Service whose addresses are the pods
 * @param port of their /metrics
 * @param targets of the signals that are on, all above 0
 * @param maxPodLoad bound of one pod's load, so that one bad number cannot ask for a whole cluster
 * @param activationLoad load that must be exceeded for a service without requests to be active
 * @param whenEmpty what a Service without addresses means
 */
record Trigger(
    String namespace,
    String service,
    int port,
    Map<Signal, Double> targets,
    double maxPodLoad,
    double activationLoad,
    WhenEmpty whenEmpty) {

  /** What a Service without addresses means. */
  enum WhenEmpty {
    /** Something is wrong: DNS, or no pod is ready. HPA keeps the replicas. */
    ERROR,
    /** Scaled to zero: no load. */
    ZERO
  }

  private static final String SERVICE = "service";
  private static final String PORT = "port";
  private static final String MAX_POD_LOAD = "maxPodLoad";
  private static final String ACTIVATION_LOAD = "activationLoad";
  private static final String WHEN_EMPTY = "whenEmpty";
  private static final List<String> OWN_KEYS =
      List.of(SERVICE, PORT, MAX_POD_LOAD, ACTIVATION_LOAD, WHEN_EMPTY);

  /** Keys that KEDA reads itself and passes on all the same. */
  private static final Set<String> KEYS_OF_KEDA =
      Set.of("scalerAddress", "enableTLS", "unsafeSsl", "caCert", "tlsClientCert", "tlsClientKey");

  private static final Pattern DNS_LABEL = Pattern.compile("[a-z]([-a-z0-9]{0,61}[a-z0-9])?");

  Trigger {
    targets = Map.copyOf(targets);
  }

  /**
   * Reads a trigger.
   *
   * @throws TriggerException naming the key, its value and what is accepted
   */
  static Trigger of(String namespace, Map<String, String> metadata) {
    requireKnown(metadata);
    Map<Signal, Double> targets = new EnumMap<>(Signal.class);
    for (Signal signal : Signal.values()) {
      double target = number(metadata, signal.key(), signal.defaultTarget(), 0);
      if (target > 0) {
        targets.put(signal, target);
      }
    }
    if (targets.isEmpty()) {
      throw new TriggerException(
          "every target is 0, so that nothing would scale; give one of " + signalKeys());
    }
    return new Trigger(
        label("the ScaledObject's namespace", namespace),
        label("metadata key " + SERVICE, metadata.getOrDefault(SERVICE, "")),
        port(metadata),
        targets,
        number(metadata, MAX_POD_LOAD, 4, 1),
        number(metadata, ACTIVATION_LOAD, 0, 0),
        whenEmpty(metadata));
  }

  private static void requireKnown(Map<String, String> metadata) {
    for (String key : metadata.keySet()) {
      String plain = key.endsWith("FromEnv") ? key.substring(0, key.length() - 7) : key;
      boolean isKnown =
          OWN_KEYS.contains(plain) || signalKeys().contains(plain) || KEYS_OF_KEDA.contains(plain);
      if (!isKnown) {
        List<String> known = new ArrayList<>(OWN_KEYS);
        known.addAll(signalKeys());
        throw new TriggerException(
            "metadata key %s is unknown; there are %s".formatted(key, String.join(", ", known)));
      }
    }
  }

  private static List<String> signalKeys() {
    List<String> keys = new ArrayList<>();
    for (Signal signal : Signal.values()) {
      keys.add(signal.key());
    }
    return keys;
  }

  private static String label(String what, String value) {
    if (!DNS_LABEL.matcher(value).matches()) {
      throw new TriggerException(
          "%s is '%s', must be a name such as chat-pods (a-z, 0-9 and -)".formatted(what, value));
    }
    return value;
  }

  private static int port(Map<String, String> metadata) {
    double port = number(metadata, PORT, 8080, 1);
    if (port != Math.rint(port) || port > 65_535) {
      throw new TriggerException(
          "metadata key port is '%s', must be a whole number in [1, 65535]"
              .formatted(metadata.get(PORT)));
    }
    return (int) port;
  }

  private static double number(
      Map<String, String> metadata, String key, double fallback, int least) {
    String text = metadata.get(key);
    if (text == null) {
      return fallback;
    }
    double value;
    try {
      value = Double.parseDouble(text.strip());
    } catch (NumberFormatException _) {
      value = Double.NaN;
    }
    if (!(value >= least && value <= 1e9)) {
      throw new TriggerException(
          "metadata key %s is '%s', must be a number in [%d, 1e9]".formatted(key, text, least));
    }
    return value;
  }

  private static WhenEmpty whenEmpty(Map<String, String> metadata) {
    String text = metadata.getOrDefault(WHEN_EMPTY, "error");
    return switch (text) {
      case "error" -> WhenEmpty.ERROR;
      case "zero" -> WhenEmpty.ZERO;
      default ->
          throw new TriggerException(
              "metadata key %s is '%s', must be error or zero".formatted(WHEN_EMPTY, text));
    };
  }

  /** Where the pods are, whatever the trigger makes of them. */
  Target target() {
    return new Target(namespace, service, port);
  }
}
