package dev.gatun.engine.sched;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.engine.api.FinishReason;
import dev.gatun.engine.api.GenerateRequest;
import dev.gatun.engine.api.PreemptionStats;
import dev.gatun.engine.api.SamplingParams;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Order, forecast and swap space, by hand. Blocks hold 4 tokens. */
final class PreemptionTest {

  private static SamplingParams known(int maxTokens) {
    return SamplingParams.builder().maxTokens(maxTokens).ignoreEos(true).build();
  }

  private static GenerateRequest request(String id, int length, int maxTokens, int priority) {
    int[] prompt = new int[length];
    Arrays.fill(prompt, 3);
    return new GenerateRequest(
        id, prompt, known(maxTokens), GenerateRequest.NO_DEADLINE, "", priority);
  }

  private static SchedulerHarness byPriority(int numBlocks) {
    return SchedulerHarness.with(
        numBlocks, SchedulerHarness.GREEDY.withPolicy(SchedulingPolicy.PRIORITY, 1_000_000));
  }

  private static SchedulerHarness withSwapSpace(int numBlocks, int numSwapBlocks) {
    return SchedulerHarness.with(numBlocks, SchedulerHarness.GREEDY.withSwapBlocks(numSwapBlocks));
  }

  @Test
  void admitsOnlyWhatThePoolHoldsToItsEnd() {
    for (int numBlocks : new int[] {8, 9}) {
      SchedulerHarness harness = SchedulerHarness.with(numBlocks, PreemptionConfig.DEFAULT);
      harness.add("a", 8, known(13));
      harness.step();
      harness.add("b", 4, known(21));

      // When a ends it has 20 tokens in 5 blocks, and b 15 in 4; later b has 6 for itself.
      assertThat(harness.step()).hasSize(numBlocks == 9 ? 2 : 1);
    }
  }

  @Test
  void urgentRequestIsAdmittedFirstAndPreemptedLast() {
    SchedulerHarness harness = byPriority(4);
    harness.add(request("later", 4, 9, 1));
    RequestState urgent = harness.add(request("urgent", 4, 9, 0));

    assertThat(harness.step()).containsExactly("urgent:4", "later:4");
    while (harness.scheduler.preemptionStats().numPreemptions() == 0) {
      harness.step();
    }
    assertThat(urgent.status()).isEqualTo(RequestStatus.RUNNING);
    assertThat(harness.scheduler.numWaiting()).isEqualTo(1);
  }

  @Test
  void urgentRequestTakesBlocksFromThoseThatRunAlready() {
    SchedulerHarness harness = byPriority(5);
    RequestState first = harness.add(request("first", 4, 13, 1));
    harness.step();
    RequestState urgent = harness.add(request("urgent", 4, 13, 0));
    while (first.status() == RequestStatus.RUNNING) {
      harness.step();
    }

    assertThat(first.status()).isEqualTo(RequestStatus.PREEMPTED);
    assertThat(urgent.status()).isEqualTo(RequestStatus.RUNNING);
    while (harness.scheduler.hasRequests()) {
      harness.step();
    }
    assertThat(harness.sink(first).tokens()).hasSize(13);
  }

  @Test
  void savesOnlyWhatIsReusedAndBringsItBack() {
    SchedulerHarness harness = withSwapSpace(5, 8);
    harness.add(request("a", 4, 13, 0));
    RequestState victim = harness.add(request("b", 4, 9, 0));
    while (victim.status() != RequestStatus.PREEMPTED) {
      harness.step();
    }
    int numComputed = victim.numTokens() - 1;
    while (victim.status() == RequestStatus.PREEMPTED) {
      harness.schedule();
      if (victim.status() == RequestStatus.PREEMPTED) {
        harness.apply();
      }
    }

    int row = harness.plan.numSequences() - 1;
    assertThat(harness.plan.request(row)).isSameAs(victim);
    assertThat(harness.plan.startPosition(row)).isEqualTo(numComputed);
    PreemptionStats stats = victim.stats().preemptions();
    assertThat(stats.numSwapped()).isEqualTo(1);
    assertThat(stats.numTokensRecomputed()).isZero();
    assertThat(stats.numTokensSwappedOut())
        .isEqualTo(stats.numTokensSwappedIn())
        .isPositive()
        .isLessThan(numComputed);
    assertThat(harness.plan.copies().size()).isPositive();
    assertThat(harness.kv.numFreeSwapBlocks()).isEqualTo(8);
  }

  @Test
  void whatFindsNoSlotIsRecomputed() {
    SchedulerHarness harness = withSwapSpace(4, 1);
    harness.add(request("a", 4, 13, 0));
    RequestState victim = harness.add(request("b", 4, 9, 0));
    while (harness.scheduler.hasRequests()) {
      harness.step();
    }

    PreemptionStats stats = victim.stats().preemptions();
    assertThat(stats.numTokensRecomputed()).isPositive();
    assertThat(harness.sink(victim).tokens()).hasSize(9);
    assertThat(harness.kv.numFreeSwapBlocks()).isEqualTo(1);
  }

  @Test
  void aRequestThatEndsWhileItIsParkedFreesItsSlots() {
    SchedulerHarness harness = withSwapSpace(4, 8);
    harness.add(request("a", 4, 13, 0));
    RequestState victim = harness.add(request("b", 4, 13, 0));
    while (harness.kv.numFreeSwapBlocks() == 8) {
      harness.step();
    }
    harness.scheduler.abort(victim);

    assertThat(harness.kv.numFreeSwapBlocks()).isEqualTo(8);
    assertThat(harness.sink(victim).finished().reason()).isEqualTo(FinishReason.ABORT);
    assertThat(harness.sink(victim).finished().stats().preemptions().numTokensSwappedOut())
        .isPositive();
    harness.kv.checkIntegrity();
  }
}
