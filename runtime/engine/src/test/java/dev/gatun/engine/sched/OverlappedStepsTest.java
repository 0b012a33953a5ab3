package dev.gatun.engine.sched;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.engine.api.FinishReason;
import dev.gatun.engine.api.SamplingParams;
import org.junit.jupiter.api.Test;

/** Plans made before the result of the step before is known. */
final class OverlappedStepsTest {

  @Test
  void planHoldsATokenThatIsNotKnownYet() {
    SchedulerHarness harness = new SchedulerHarness(4, 100, 4, 50);
    RequestState request = harness.add("a", 5, 10);
    harness.schedule();

    assertThat(harness.schedule()).containsExactly("a:1");

    assertThat(harness.plan.startPosition(0)).isEqualTo(5);
    assertThat(harness.plan.numKnownTokens(0)).isEqualTo(5);
    assertThat(harness.plan.isPending(0, 5)).isTrue();
    assertThat(harness.plan.isSampled(0)).isTrue();
    harness.apply();
    harness.nextToken = 2;
    harness.apply();
    assertThat(harness.sink(request).tokens()).containsExactly(1, 2);
  }

  @Test
  void chunksOfAPromptAreKnown() {
    SchedulerHarness harness = new SchedulerHarness(4, 4, 4, 50);
    harness.add("a", 10, 5);
    harness.schedule();

    assertThat(harness.schedule()).containsExactly("a:4");

    assertThat(harness.plan.isPending(0, 4)).isFalse();
    assertThat(harness.plan.isSampled(0)).isFalse();
  }

  @Test
  void requestThatIsSureToEndIsNotPlannedAgain() {
    SchedulerHarness harness = new SchedulerHarness(4, 100, 4, 50);
    RequestState request = harness.add("a", 5, 1);
    harness.schedule();

    assertThat(harness.schedule()).isEmpty();

    harness.apply();
    assertThat(harness.sink(request).finished().reason()).isEqualTo(FinishReason.LENGTH);
    assertThat(harness.scheduler.hasRequests()).isFalse();
  }

  @Test
  void resultsOfARequestThatEndedMeanwhileAreLeftAside() {
    SchedulerHarness harness = new SchedulerHarness(4, 100, 4, 50);
    RequestState stopped = harness.add("a", 5, 10);
    RequestState aborted = harness.add("b", 5, 10);
    harness.schedule();
    harness.schedule();
    harness.nextToken = SchedulerHarness.EOS;
    harness.scheduler.abort(aborted);

    harness.apply();

    assertThat(harness.sink(stopped).finished().reason()).isEqualTo(FinishReason.STOP);
    assertThat(harness.kv.numFreeBlocks()).isEqualTo(50);
    harness.apply();
    assertThat(harness.sink(stopped).tokens()).containsExactly(SchedulerHarness.EOS);
    assertThat(harness.sink(aborted).tokens()).isEmpty();
  }

  @Test
  void blocksOfAnEndedRequestGoToTheNextPlanAtOnce() {
    SchedulerHarness harness = new SchedulerHarness(1, 100, 4, 2);
    harness.add("a", 7, 10);
    harness.add("b", 8, 1);
    harness.schedule();
    harness.schedule();
    harness.nextToken = SchedulerHarness.EOS;
    harness.apply();

    assertThat(harness.schedule()).containsExactly("b:8");

    harness.apply();
    harness.apply();
    assertThat(harness.scheduler.hasRequests()).isFalse();
  }

  /** Two requests whose next blocks do not fit; the newer one has a step in flight. */
  private static RequestState preemptInFlight(SchedulerHarness harness) {
    harness.add("a", 7, 9);
    RequestState victim = harness.add("b", 7, 9);
    harness.schedule();
    // Both take the last slot of their second block; the pool has a third one for a alone.
    assertThat(harness.schedule()).containsExactly("a:1", "b:1");
    harness.apply();
    assertThat(harness.schedule()).containsExactly("a:1");
    assertThat(victim.status()).isEqualTo(RequestStatus.PREEMPTED);
    return victim;
  }

  @Test
  void preemptedRequestGetsItsTokenInFlight() {
    SchedulerHarness harness = new SchedulerHarness(4, 100, 4, 5);
    RequestState victim = preemptInFlight(harness);

    harness.nextToken = 5;
    harness.apply();

    assertThat(harness.sink(victim).tokens()).containsExactly(1, 5);
    assertThat(victim.status()).isEqualTo(RequestStatus.PREEMPTED);
    assertThat(victim.numComputedTokens()).isZero();
  }

  @Test
  void preemptedRequestMayEndByItsTokenInFlight() {
    SchedulerHarness harness = new SchedulerHarness(4, 100, 4, 5);
    RequestState victim = preemptInFlight(harness);
    harness.nextToken = SchedulerHarness.EOS;

    harness.apply();

    assertThat(harness.sink(victim).finished().reason()).isEqualTo(FinishReason.STOP);
    assertThat(harness.scheduler.numWaiting()).isZero();
  }

  @Test
  void failureInFlightOfAPreemptedRequestIsLeftToItsNextTry() {
    SchedulerHarness harness = new SchedulerHarness(4, 100, 4, 5);
    RequestState victim = preemptInFlight(harness);

    harness.applyFailure(1, "planted");

    assertThat(harness.sink(victim).finished()).isNull();
    assertThat(harness.sink(victim).tokens()).containsExactly(1);
    assertThat(victim.status()).isEqualTo(RequestStatus.PREEMPTED);
  }

  /** Its last full block was computed, but not by the time it lost it. */
  @Test
  void preemptedRequestFindsBlocksFilledInFlightIfOthersHoldTheSame() {
    SchedulerHarness harness = SchedulerHarness.withPrefixCaching(4, 100, 4, 5);
    RequestState victim = preemptInFlight(harness);

    harness.apply();

    assertThat(victim.blockHashes().numBlocks()).isEqualTo(2);
  }

  @Test
  void scoresOfAPromptComeOnceHoweverStepsOverlap() {
    SchedulerHarness harness = new SchedulerHarness(4, 4, 4, 50);
    RequestState request =
        harness.add("a", 10, SamplingParams.builder().maxTokens(2).promptLogprobs(0).build());
    harness.schedule();
    for (int i = 0; i < 4; i++) {
      harness.schedule();
      harness.apply();
    }

    assertThat(harness.sink(request).promptLogprobs()).hasSize(10);
    assertThat(harness.sink(request).tokens()).hasSize(2);
  }
}
