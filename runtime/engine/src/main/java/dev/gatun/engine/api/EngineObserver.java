package dev.gatun.engine.api;

/**
 * Receives statistics as plain records; exporters implement it. Called on the engine thread, so it
 * must neither block nor throw.
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

  /**
   * One step.
   *
   * @param durationNanos schedule to apply
   */
  record StepStats(
      int numSequences,
      int numPromptTokens,
      int numOutputTokens,
      int numPreemptions,
      long durationNanos) {}
}
