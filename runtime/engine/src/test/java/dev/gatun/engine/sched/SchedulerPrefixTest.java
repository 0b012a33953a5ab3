package dev.gatun.engine.sched;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.engine.api.GenerateRequest;
import dev.gatun.engine.api.SamplingParams;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What the scheduler makes of cached prefixes; blocks of 4 tokens. */
final class SchedulerPrefixTest {
  private final SchedulerHarness harness = SchedulerHarness.withPrefixCaching(4, 100, 4, 20);

  private static GenerateRequest request(String id, int promptLength, int maxTokens) {
    return request(id, promptLength, SamplingParams.builder().maxTokens(maxTokens).build(), "");
  }

  private static GenerateRequest request(
      String id, int promptLength, SamplingParams sampling, String salt) {
    int[] prompt = IntStream.range(10, 10 + promptLength).toArray();
    return new GenerateRequest(id, prompt, sampling, GenerateRequest.NO_DEADLINE, salt);
  }

  @Test
  void computesOnlyWhatIsNotCached() {
    harness.add(request("a", 10, 1));
    assertThat(harness.step()).containsExactly("a:10");
    RequestState second = harness.add(request("b", 14, 1));

    assertThat(harness.schedule()).containsExactly("b:6");
    assertThat(harness.plan.startPosition(0)).isEqualTo(8);
    harness.apply();

    assertThat(harness.sink(second).finished().stats().numCachedTokens()).isEqualTo(8);
    assertThat(harness.scheduler.totals().numPrefixQuery()).isEqualTo(24);
    assertThat(harness.scheduler.totals().numPrefixHit()).isEqualTo(8);
    assertThat(harness.scheduler.totals().numPrompt()).isEqualTo(24);
  }

  @Test
  void recomputesTheLastTokenOfAFullyCachedPrompt() {
    harness.add(request("a", 12, 1));
    harness.step();
    harness.add(request("same", 12, 1));
    assertThat(harness.step()).containsExactly("same:4");
    harness.add(request("longer", 13, 1));

    assertThat(harness.step()).containsExactly("longer:1");
  }

  @Test
  void sharesWithARequestThatStillRuns() {
    harness.add(request("a", 12, 20));
    harness.step();
    harness.add(request("b", 13, 20));

    assertThat(harness.step()).containsExactly("a:1", "b:1");
    assertThat(harness.kv.numFreeBlocks()).isEqualTo(20 - 3 - 2);
  }

  @Test
  void cachesOutputTokensForTheNextTurn() {
    RequestState first = harness.add(request("first", 6, 7));
    while (harness.scheduler.hasRequests()) {
      harness.step();
    }
    int[] conversation = Arrays.copyOf(first.tokenIds(), 16);
    harness.add(
        new GenerateRequest(
            "second",
            conversation,
            SamplingParams.builder().maxTokens(1).build(),
            GenerateRequest.NO_DEADLINE));

    // 13 tokens, the last of them never computed: three full blocks.
    assertThat(harness.step()).containsExactly("second:4");
  }

  @Test
  void otherSaltsShareNothing() {
    SamplingParams sampling = SamplingParams.builder().maxTokens(1).build();
    harness.add(request("a", 12, sampling, "tenant-1"));
    harness.step();
    harness.add(request("b", 12, sampling, "tenant-2"));
    assertThat(harness.step()).containsExactly("b:12");
    harness.add(request("c", 12, sampling, ""));
    assertThat(harness.step()).containsExactly("c:12");
    harness.add(request("d", 12, sampling, "tenant-1"));

    assertThat(harness.step()).containsExactly("d:4");
  }

  @Test
  void promptLogprobsWriteTheCacheButDoNotReadIt() {
    SamplingParams scored = SamplingParams.builder().maxTokens(1).promptLogprobs(0).build();
    RequestState first = harness.add(request("first", 9, scored, ""));
    RequestState second = harness.add(request("second", 9, scored, ""));
    while (harness.scheduler.hasRequests()) {
      harness.step();
    }
    assertThat(harness.sink(first).promptLogprobs()).hasSize(9);
    assertThat(harness.sink(second).promptLogprobs()).hasSize(9);
    assertThat(harness.sink(second).finished().stats().numCachedTokens()).isZero();
    assertThat(harness.scheduler.totals().numPrefixQuery()).isZero();
    harness.add(request("unscored", 9, 1));

    assertThat(harness.step()).containsExactly("unscored:1");
  }

  @Test
  void failedRequestLeavesNothingBehind() {
    harness.add(request("bad", 12, 5));
    harness.step();
    harness.schedule();
    harness.applyFailure(0, "logits are NaN");
    harness.add(request("good", 12, 5));

    assertThat(harness.step()).containsExactly("good:12");
  }

  @Test
  void admitsWhatFitsOnlyBecauseItSharesBlocksInUse() {
    SchedulerHarness small = SchedulerHarness.withPrefixCaching(4, 100, 4, 7);
    small.add(request("a", 16, 8));
    small.step();
    small.add(request("b", 17, 4));

    // 5 blocks are held and 2 free; b needs 5, of which 4 are shared, and 1 is the watermark.
    assertThat(small.step()).containsExactly("a:1", "b:1");
  }

  @Test
  void preemptedRequestGetsItsOwnBlocksBack() {
    SchedulerHarness small = SchedulerHarness.withPrefixCaching(4, 100, 4, 6);
    SamplingParams sampling = SamplingParams.builder().maxTokens(17).build();
    RequestState oldest = small.add(request("a", 7, sampling, "a"));
    RequestState newest = small.add(request("b", 7, sampling, "b"));
    while (newest.status() != RequestStatus.PREEMPTED) {
      small.step();
    }
    int numTokens = newest.numTokens();
    small.scheduler.abort(oldest);

    // a took the block that had been filled least; the others are still there.
    assertThat(small.schedule()).containsExactly("b:" + (numTokens - 8));
    small.apply();
    assertThat(newest.stats().numCachedTokens()).isZero();
    assertThat(newest.stats().numPreemptions()).isEqualTo(1);
  }
}
