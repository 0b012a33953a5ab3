package dev.gatun.engine.sched;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.engine.api.ErrorCode;
import dev.gatun.engine.api.FinishReason;
import dev.gatun.engine.api.SamplingParams;
import org.junit.jupiter.api.Test;

final class SchedulerTest {

  @Test
  void mixesPrefillAndDecodeInOneStep() {
    SchedulerHarness harness = new SchedulerHarness(4, 100, 4, 50);
    harness.add("a", 5, 10);
    assertThat(harness.step()).containsExactly("a:5");
    harness.add("b", 6, 10);

    assertThat(harness.step()).containsExactly("a:1", "b:6");
    assertThat(harness.step()).containsExactly("a:1", "b:1");
  }

  @Test
  void spreadsAPromptOverStepsAndSamplesOnlyAtItsEnd() {
    SchedulerHarness harness = new SchedulerHarness(4, 4, 4, 50);
    RequestState request = harness.add("a", 10, 5);

    assertThat(harness.step()).containsExactly("a:4");
    assertThat(harness.plan.isSampled(0)).isFalse();
    assertThat(harness.step()).containsExactly("a:4");
    assertThat(harness.step()).containsExactly("a:2");
    assertThat(harness.sink(request).tokens()).containsExactly(1);
    assertThat(harness.schedule()).containsExactly("a:1");
    assertThat(harness.plan.startPosition(0)).isEqualTo(10);
  }

  @Test
  void longPrefillThresholdLeavesBudgetToOthers() {
    SchedulerHarness harness = new SchedulerHarness(4, 10, 4, 50, 3, 4);
    harness.add("long", 20, 5);
    harness.add("short", 2, 5);

    assertThat(harness.step()).containsExactly("long:3", "short:2");
    assertThat(harness.step()).containsExactly("long:3", "short:1");
  }

  @Test
  void runsNoMoreSequencesThanAllowed() {
    SchedulerHarness harness = new SchedulerHarness(2, 100, 4, 50);
    harness.add("a", 2, 2);
    harness.add("b", 2, 3);
    harness.add("c", 2, 3);

    assertThat(harness.step()).containsExactly("a:2", "b:2");
    assertThat(harness.step()).containsExactly("a:1", "b:1");
    assertThat(harness.step()).containsExactly("b:1", "c:2");
  }

  @Test
  void smallRequestDoesNotOvertakeTheOneThatDoesNotFit() {
    SchedulerHarness harness = new SchedulerHarness(4, 100, 4, 6);
    harness.add("running", 12, 3);
    harness.step();
    harness.add("large", 16, 3);
    harness.add("small", 1, 3);

    assertThat(harness.step()).containsExactly("running:1");
    harness.step();
    assertThat(harness.step()).contains("large:16");
  }

  @Test
  void admitsOnlyWhatFitsBesidePromptsStillToBeFilled() {
    SchedulerHarness harness = new SchedulerHarness(4, 4, 4, 10);
    harness.add("a", 32, 2);
    harness.step();
    harness.add("b", 8, 2);

    // a holds 1 of its 8 blocks; 9 are free, but 7 of them are promised and 1 is the watermark.
    for (int i = 0; i < 7; i++) {
      assertThat(harness.step()).containsExactly("a:4");
    }
  }

  @Test
  void preemptsNewestWhenBlocksRunOut() {
    SchedulerHarness harness = new SchedulerHarness(4, 100, 4, 4);
    RequestState oldest = harness.add("a", 4, 9);
    RequestState newest = harness.add("b", 4, 9);
    harness.step();
    assertThat(harness.schedule()).containsExactly("a:1", "b:1");
    harness.apply();
    harness.step();
    harness.step();
    harness.step();
    assertThat(oldest.status()).isEqualTo(RequestStatus.RUNNING);

    // Both need a third block at 9 tokens; the pool has four in all.
    assertThat(harness.step()).containsExactly("a:1");
    assertThat(newest.status()).isEqualTo(RequestStatus.PREEMPTED);
    assertThat(newest.numComputedTokens()).isZero();
    assertThat(harness.scheduler.preemptionStats().numPreemptions()).isEqualTo(1);
    assertThat(harness.sink(newest).finished()).isNull();
  }

  @Test
  void preemptedRequestIsRecomputedBeforeLaterArrivals() {
    SchedulerHarness harness = new SchedulerHarness(4, 100, 4, 4);
    harness.add("a", 4, 9);
    RequestState newest = harness.add("b", 4, 9);
    for (int i = 0; i < 6; i++) {
      harness.step();
    }
    assertThat(newest.status()).isEqualTo(RequestStatus.PREEMPTED);
    int numOutput = newest.numOutputTokens();
    harness.add("c", 1, 9);
    while (harness.schedule().contains("a:1")) {
      harness.apply();
    }

    assertThat(harness.plan.request(0)).isSameAs(newest);
    assertThat(harness.plan.numScheduledTokens(0)).isEqualTo(4 + numOutput);
    harness.apply();
    assertThat(harness.sink(newest).tokens()).hasSize(numOutput + 1);
    assertThat(newest.stats().numPreemptions()).isEqualTo(1);
  }

  @Test
  void failedSequenceEndsAlone() {
    SchedulerHarness harness = new SchedulerHarness(4, 100, 4, 50);
    RequestState bad = harness.add("bad", 4, 5);
    RequestState good = harness.add("good", 4, 5);
    harness.schedule();

    harness.applyFailure(0, "logits are NaN");

    assertThat(harness.sink(bad).finished().reason()).isEqualTo(FinishReason.ERROR);
    assertThat(harness.sink(bad).finished().failure().code()).isEqualTo(ErrorCode.INTERNAL);
    assertThat(harness.sink(bad).finished().failure()).hasMessage("logits are NaN");
    assertThat(harness.sink(good).tokens()).hasSize(1);
    assertThat(harness.step()).containsExactly("good:1");
  }

  @Test
  void deadlineEndsRequestsRunningOrWaitingAtTheBorder() {
    SchedulerHarness harness = new SchedulerHarness(1, 100, 4, 50);
    SamplingParams sampling = SamplingParams.builder().maxTokens(20).build();
    RequestState running = harness.add("running", 4, sampling, 1_000);
    RequestState waiting = harness.add("waiting", 4, sampling, 1_000);
    harness.step();

    harness.scheduler.expire(999);
    assertThat(running.status()).isEqualTo(RequestStatus.RUNNING);
    harness.scheduler.expire(1_000);

    for (RequestState request : new RequestState[] {running, waiting}) {
      assertThat(harness.sink(request).finished().failure().code())
          .isEqualTo(ErrorCode.DEADLINE_EXCEEDED);
    }
    assertThat(harness.scheduler.hasRequests()).isFalse();
    assertThat(harness.kv.numFreeBlocks()).isEqualTo(50);
  }

  @Test
  void abortEndsARequestInEveryState() {
    SchedulerHarness harness = new SchedulerHarness(2, 100, 4, 4);
    RequestState running = harness.add("a", 4, 9);
    RequestState preempted = harness.add("b", 4, 9);
    for (int i = 0; i < 6; i++) {
      harness.step();
    }
    RequestState waiting = harness.add("c", 4, 9);
    assertThat(preempted.status()).isEqualTo(RequestStatus.PREEMPTED);

    for (RequestState request : new RequestState[] {waiting, preempted, running}) {
      harness.scheduler.abort(request);
      harness.scheduler.abort(request);
      assertThat(harness.sink(request).finished().reason()).isEqualTo(FinishReason.ABORT);
      harness.kv.checkIntegrity();
    }

    assertThat(harness.scheduler.hasRequests()).isFalse();
    assertThat(harness.kv.numFreeBlocks()).isEqualTo(4);
  }

  @Test
  void scoresPromptInChunksWithinTheRowBound() {
    SchedulerHarness harness = new SchedulerHarness(2, 100, 4, 50, 0, 3);
    SamplingParams scored = SamplingParams.builder().maxTokens(2).promptLogprobs(0).build();
    RequestState request = harness.add("scored", 8, scored);
    harness.add("other", 5, 5);

    assertThat(harness.step()).containsExactly("scored:3", "other:5");
    // Four rows of five beside the other's: enough to score the rest, not for the token behind it.
    assertThat(harness.step()).containsExactly("scored:4", "other:1");
    assertThat(harness.step()).containsExactly("scored:1", "other:1");

    assertThat(harness.sink(request).promptLogprobs()).hasSize(8);
    assertThat(harness.sink(request).promptLogprobs().getFirst()).isNull();
    assertThat(harness.sink(request).tokens()).hasSize(1);
  }

  @Test
  void rowsThatNoSequenceSamplesWithGoToPromptsToScore() {
    SchedulerHarness harness = new SchedulerHarness(4, 100, 4, 50, 0, 3);
    SamplingParams scored = SamplingParams.builder().maxTokens(1).promptLogprobs(0).build();
    RequestState request = harness.add("scored", 20, scored);

    assertThat(harness.step()).containsExactly("scored:6");
    assertThat(harness.step()).containsExactly("scored:7");
    assertThat(harness.step()).containsExactly("scored:7");

    assertThat(harness.sink(request).promptLogprobs()).hasSize(20);
    assertThat(harness.sink(request).tokens()).hasSize(1);
  }

  @Test
  void scoresAPromptWithoutGenerating() {
    SchedulerHarness harness = new SchedulerHarness(2, 100, 4, 50);
    SamplingParams scored = SamplingParams.builder().maxTokens(0).promptLogprobs(0).build();
    RequestState request = harness.add("scored", 4, scored);

    harness.step();

    assertThat(harness.sink(request).promptLogprobs()).hasSize(4);
    assertThat(harness.sink(request).tokens()).isEmpty();
    assertThat(harness.sink(request).finished().reason()).isEqualTo(FinishReason.LENGTH);
  }

  @Test
  void countsPromptAndOutputTokensOnce() {
    SchedulerHarness harness = new SchedulerHarness(4, 100, 4, 4);
    harness.add("a", 4, 9);
    harness.add("b", 4, 9);
    while (harness.scheduler.hasRequests()) {
      harness.step();
    }

    assertThat(harness.scheduler.preemptionStats().numPreemptions()).isPositive();
    assertThat(harness.scheduler.totals().numPrompt()).isEqualTo(8);
    assertThat(harness.scheduler.totals().numOutput()).isEqualTo(18);
  }
}
