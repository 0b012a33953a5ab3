package dev.gatun.engine.api;

/**
 * Receives statistics as plain records; exporters implement it. Called on the engine thread where a
 * method says nothing else, so it must neither block nor throw.
 */
public interface EngineObserver {

  /** Does nothing. */
  EngineObserver NONE =
      new EngineObserver() {
        @Override
        public void onStep(StepStats step) {}

        @Override
        public void onFinished(FinishReason reason, SamplingParams sampling, RequestStats stats) {}
      };

  void onStep(StepStats step);

  void onFinished(FinishReason reason, SamplingParams sampling, RequestStats stats);

  /** A request was refused that could have been served at another time. Any thread. */
  default void onRefused(RefusalReason reason) {}

  /**
   * One step.
   *
   * @param numSequences sequences with scheduled tokens
   * @param numPromptTokens prompt tokens of the requests whose prompt was finished in this step,
   *     once per request, however many steps and preemptions it took
   * @param numOutputTokens tokens generated
   * @param numPreemptions requests preempted
   * @param durationNanos from its planning, or from the end of the step before if that is later, to
   *     its end
   */
  record StepStats(
      int numSequences,
      int numPromptTokens,
      int numOutputTokens,
      int numPreemptions,
      long durationNanos) {}
}
