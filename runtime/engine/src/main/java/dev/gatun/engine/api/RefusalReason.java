package dev.gatun.engine.api;

/** Why a request that could have been served was not admitted. */
public enum RefusalReason {
  /** {@link EngineLimits#maxQueuedRequests} was reached. */
  QUEUED_REQUESTS("max_num_queued_reqs"),
  /** {@link EngineLimits#maxQueuedTokens} was reached. */
  QUEUED_TOKENS("max_num_queued_tokens"),
  /** Its turn would have come after its deadline. */
  DEADLINE("deadline");

  private final String wireName;

  RefusalReason(String wireName) {
    this.wireName = wireName;
  }

  /** Value of the label in metrics. */
  public String wireName() {
    return wireName;
  }
}
