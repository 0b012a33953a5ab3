package dev.gatun.server.keda;

/**
 * What makes a pod's load: a metric of the pod and the key of the trigger that gives its target.
 *
 * <p>A target of 0 switches a signal off; so is every signal whose default is 0.
 */
enum Signal {
  /** Requests that wait are what another replica would take away. */
  WAITING("vllm:num_requests_waiting", "waitingTarget", 4),
  /** A nearly full cache is about to preempt. */
  KV_USAGE("vllm:kv_cache_usage_perc", "kvUsageTarget", 0.8),
  /** For services whose batch size is what bounds them. */
  RUNNING("vllm:num_requests_running", "runningTarget", 0),
  /** For services with a promise about the time to the first token. */
  OLDEST_WAITING("gatun:oldest_waiting_seconds", "oldestWaitingTargetSeconds", 0),
  /** The same, looking ahead. */
  QUEUE_DELAY("gatun:predicted_queue_delay_seconds", "queueDelayTargetSeconds", 0);

  private final String metric;
  private final String key;
  private final double defaultTarget;

  Signal(String metric, String key, double defaultTarget) {
    this.metric = metric;
    this.key = key;
    this.defaultTarget = defaultTarget;
  }

  /** Name in the text of /metrics. */
  String metric() {
    return metric;
  }

  /** Key of the trigger's metadata. */
  String key() {
    return key;
  }

  double defaultTarget() {
    return defaultTarget;
  }
}
