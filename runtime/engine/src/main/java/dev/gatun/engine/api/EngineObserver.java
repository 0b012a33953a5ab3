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
        public void onFinished(FinishReason reason, GenerateRequest request, RequestStats stats) {}
      };

  void onStep(StepStats step);

  void onFinished(FinishReason reason, GenerateRequest request, RequestStats stats);

  /**
   * A request got its first token.
   *
   * @param nanos since the server had received it
   */
  default void onFirstToken(GenerateRequest request, long nanos) {}

  /**
   * A request got further tokens, once per step however many there were.
   *
   * @param nanos since the step that gave it tokens before
   */
  default void onNextTokens(long nanos) {}

  /** A request was refused that could have been served at another time. Any thread. */
  default void onRefused(RefusalReason reason) {}

  /**
   * One step.
   *
   * @param numSequences sequences with scheduled tokens
   * @param numPromptTokens prompt tokens of the requests whose prompt was finished in this step,
   *     once per request, however many steps and preemptions it took
   * @param numOutputTokens tokens generated
   * @param numScheduledPromptTokens scheduled tokens of prompts, those of recomputed ones included
   * @param numScheduledDecodeTokens scheduled tokens behind prompts, drafts among them
   * @param preemptions requests preempted, and what was copied and has to be computed again for
   *     those that came back
   * @param numRunning requests that run after it
   * @param numWaiting requests that wait after it
   * @param kvUsage blocks referenced by live requests / blocks of the pool, 0 to 1, after it
   * @param durationNanos from its planning, or from the end of the step before if that is later, to
   *     its end
   */
  record StepStats(
      int numSequences,
      int numPromptTokens,
      int numOutputTokens,
      int numScheduledPromptTokens,
      int numScheduledDecodeTokens,
      PreemptionStats preemptions,
      int numRunning,
      int numWaiting,
      double kvUsage,
      long durationNanos) {}
}
