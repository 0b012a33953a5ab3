package dev.gatun.engine.sched;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.engine.api.FinishReason;
import dev.gatun.engine.api.GenerateRequest;
import dev.gatun.engine.api.SamplingParams;
import dev.gatun.engine.api.SpeculationStats;
import org.junit.jupiter.api.Test;

/** Drafts in the plan and what comes of them. Prompts are 1 2 3 4 1, so 2 3 4 is drafted. */
final class DraftsTest {
  private static final int[] PROMPT = {1, 2, 3, 4, 1};

  private static RequestState add(SchedulerHarness harness, SamplingParams sampling) {
    return harness.add(
        new GenerateRequest("a", PROMPT.clone(), sampling, GenerateRequest.NO_DEADLINE));
  }

  private static SamplingParams maxTokens(int count) {
    return SamplingParams.builder().maxTokens(count).build();
  }

  @Test
  void addsDraftsBehindTheLastKnownToken() {
    SchedulerHarness harness = SchedulerHarness.speculating(100, 50, 3);
    add(harness, maxTokens(9));

    assertThat(harness.schedule()).containsExactly("a:8");

    assertThat(harness.plan.numDrafts(0)).isEqualTo(3);
    assertThat(harness.plan.draftId(0, 0)).isEqualTo(2);
    assertThat(harness.plan.draftId(0, 2)).isEqualTo(4);
    assertThat(harness.plan.isPending(0, 5)).isFalse();
    assertThat(harness.plan.isSampled(0)).isTrue();
  }

  @Test
  void acceptedDraftsAreOutputAndTheRestIsComputedAgain() {
    SchedulerHarness harness = SchedulerHarness.speculating(100, 50, 3);
    RequestState request = add(harness, maxTokens(9));
    harness.schedule();

    harness.applyTokens("", 2, 3, 9);

    assertThat(harness.sink(request).tokens()).containsExactly(2, 3, 9);
    assertThat(request.numComputedTokens()).isEqualTo(7);
    assertThat(harness.schedule()).containsExactly("a:1");
    SpeculationStats stats = harness.scheduler.speculationStats();
    assertThat(stats.numDrafts()).isEqualTo(1);
    assertThat(stats.numDraftTokens()).isEqualTo(3);
    assertThat(stats.acceptedPerPosition()).containsExactly(1, 1, 0);
  }

  @Test
  void draftsNeverReachBeyondMaxTokens() {
    SchedulerHarness harness = SchedulerHarness.speculating(100, 50, 3);
    add(harness, maxTokens(2));

    assertThat(harness.schedule()).containsExactly("a:6");
  }

  @Test
  void draftsTakeWhatTheBudgetLeaves() {
    SchedulerHarness harness = SchedulerHarness.speculating(7, 50, 3);
    add(harness, maxTokens(9));

    assertThat(harness.schedule()).containsExactly("a:7");
  }

  @Test
  void draftsNeverPreempt() {
    SchedulerHarness harness = SchedulerHarness.speculating(100, 2, 4);
    add(harness, maxTokens(4));

    // Two blocks hold 8 tokens: 5 of the prompt and 3 drafts.
    assertThat(harness.schedule()).containsExactly("a:8");
    harness.applyTokens("", 9);
    assertThat(harness.scheduler.preemptionStats().numPreemptions()).isZero();
  }

  @Test
  void tokensBehindAStopAreDropped() {
    SchedulerHarness harness = SchedulerHarness.speculating(100, 50, 3);
    RequestState request =
        add(harness, SamplingParams.builder().maxTokens(9).stopTokenIds(3).build());
    harness.schedule();

    harness.applyTokens("", 2, 3, 4, 9);

    assertThat(harness.sink(request).tokens()).containsExactly(2, 3);
    assertThat(harness.sink(request).finished().reason()).isEqualTo(FinishReason.STOP);
    assertThat(harness.kv.numFreeBlocks()).isEqualTo(50);
    // Of 1 2 3 4 | 1 2 3 the first block alone is full.
    assertThat(harness.kv.numCachedBlocks()).isEqualTo(1);
  }

  @Test
  void failureBehindAcceptedDraftsEndsTheRequestAfterThem() {
    SchedulerHarness harness = SchedulerHarness.speculating(100, 50, 3);
    RequestState request = add(harness, maxTokens(9));
    harness.schedule();

    harness.applyTokens("planted", 2, 3);

    assertThat(harness.sink(request).tokens()).containsExactly(2, 3);
    assertThat(harness.sink(request).finished().reason()).isEqualTo(FinishReason.ERROR);
    assertThat(harness.kv.numCachedBlocks()).isZero();
  }

  /** A draft may be accepted in the very step that computes the end of the prompt. */
  @Test
  void failureBehindADraftThatStopsTheRequestTakesNothingFromIt() {
    SchedulerHarness harness = SchedulerHarness.speculating(100, 50, 3);
    SamplingParams sampling =
        SamplingParams.builder().maxTokens(9).stopTokenIds(2).promptLogprobs(0).build();
    RequestState request = add(harness, sampling);
    harness.schedule();

    harness.applyTokens("planted", 2);

    assertThat(harness.sink(request).promptLogprobs()).hasSize(5);
    assertThat(harness.sink(request).tokens()).containsExactly(2);
    assertThat(harness.sink(request).finished().reason()).isEqualTo(FinishReason.STOP);
  }
}
