package dev.gatun.engine.sched;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.engine.api.GenerateRequest;
import dev.gatun.engine.api.SamplingParams;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Bursts of requests that start the same; blocks of 4 tokens, of which 2 are worth waiting for. */
final class PrefixWaitTest {
  private final SchedulerHarness harness = SchedulerHarness.withPrefixCaching(4, 100, 4, 40);

  /** Tokens from {@code first} on, so that equal firsts share what both have. */
  private static GenerateRequest request(String id, int first, int promptLength, int maxTokens) {
    int[] prompt = IntStream.range(first, first + promptLength).map(i -> i % 100).toArray();
    SamplingParams sampling = SamplingParams.builder().maxTokens(maxTokens).build();
    return new GenerateRequest(id, prompt, sampling, GenerateRequest.NO_DEADLINE);
  }

  @Test
  void oneOfABurstComputesThePrefixAndTheOthersFindIt() {
    harness.add(request("a", 0, 21, 9));
    RequestState second = harness.add(request("b", 0, 22, 9));
    RequestState third = harness.add(request("c", 0, 14, 9));

    assertThat(harness.step()).containsExactly("a:21");
    assertThat(harness.step()).containsExactly("a:1", "b:2", "c:2");
    assertThat(second.numCachedTokens()).isEqualTo(20);
    assertThat(third.numCachedTokens()).isEqualTo(12);
    assertThat(second.numHolds()).isEqualTo(1);
  }

  @Test
  void othersOvertakeWhoIsHeldAndNobodyElse() {
    harness.add(request("a", 0, 21, 9));
    harness.add(request("held", 0, 22, 9));
    harness.add(request("other", 50, 10, 9));
    harness.add(request("too-long", 30, 61, 3));
    harness.add(request("last", 80, 4, 9));

    assertThat(harness.step()).containsExactly("a:21", "other:10", "too-long:61");
    // The fourth slot was kept for the one held.
    assertThat(harness.step()).containsExactly("a:1", "other:1", "too-long:1", "held:2");
  }

  @Test
  void keepsBlocksFreeForTheOneHeld() {
    SchedulerHarness small = SchedulerHarness.withPrefixCaching(4, 100, 4, 11);
    small.add(request("a", 0, 21, 4));
    small.add(request("held", 0, 36, 4));
    small.add(request("other", 50, 8, 4));

    // 11 blocks: 6 of a, 4 that the second lacks beside 5 shared ones; the third needs 2.
    assertThat(small.step()).containsExactly("a:21");
    assertThat(small.step()).containsExactly("a:1", "held:16");
  }

  @Test
  void isAdmittedOnceTheOneThatComputesIsGone() {
    RequestState first = harness.add(request("a", 0, 21, 9));
    harness.add(request("b", 0, 22, 9));
    harness.schedule();
    harness.scheduler.abort(first);
    harness.apply();

    assertThat(harness.step()).containsExactly("b:22");
  }

  @Test
  void isAdmittedOnceTheOneThatComputesHasFailed() {
    harness.add(request("a", 0, 21, 9));
    harness.add(request("b", 0, 22, 9));
    harness.schedule();
    harness.applyFailure(0, "logits are NaN");

    assertThat(harness.step()).containsExactly("b:22");
  }

  @Test
  void leavesTheQueueWhileHeld() {
    harness.add(request("a", 0, 21, 9));
    RequestState held = harness.add(request("b", 0, 22, 9));
    harness.step();
    harness.scheduler.abort(held);

    assertThat(harness.step()).containsExactly("a:1");
    assertThat(harness.scheduler.numWaiting()).isZero();
  }

  @Test
  void doesNotWaitForLittle() {
    harness.add(request("a", 0, 7, 9));
    harness.add(request("b", 0, 9, 9));

    assertThat(harness.step()).containsExactly("a:7", "b:9");
  }

  @Test
  void doesNotWaitWhereItMayNotRead() {
    SamplingParams scored = SamplingParams.builder().maxTokens(1).promptLogprobs(0).build();
    int[] prompt = IntStream.range(0, 12).toArray();
    harness.add(request("a", 0, 21, 9));
    harness.add(new GenerateRequest("b", prompt, scored, GenerateRequest.NO_DEADLINE));

    assertThat(harness.step()).containsExactly("a:21", "b:6");
  }

  @Test
  void doesNotWaitWithoutPrefixCaching() {
    SchedulerHarness off = new SchedulerHarness(4, 100, 4, 40);
    off.add(request("a", 0, 21, 9));
    off.add(request("b", 0, 22, 9));

    assertThat(off.step()).containsExactly("a:21", "b:22");
  }

  @Test
  void aFollowerOfAPromptInManyChunksIsHeldABoundedNumberOfTimes() {
    SchedulerHarness chunked =
        new SchedulerHarness(4, 20, 1, 200, 1, 4, true, SchedulerHarness.GREEDY, Speculation.NONE);
    chunked.add(request("a", 0, 60, 4));
    RequestState follower = chunked.add(request("b", 0, 62, 2));
    int numSteps = 0;
    while (chunked.scheduler.hasRequests()) {
      List<String> planned = chunked.step();
      assertThat(planned).isNotEmpty();
      numSteps++;
    }

    assertThat(follower.numHolds()).isEqualTo(60);
    assertThat(follower.numCachedTokens()).isEqualTo(60);
    assertThat(follower.numHolds()).isLessThanOrEqualTo(PrefixWait.MAX_HOLDS);
    assertThat(numSteps).isLessThan(70);
  }
}
