package dev.gatun.engine.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.gatun.engine.api.EngineLimits;
import dev.gatun.engine.api.EngineObserver;
import dev.gatun.engine.api.ErrorCode;
import dev.gatun.engine.api.FinishReason;
import dev.gatun.engine.api.GenerateRequest;
import dev.gatun.engine.api.RefusalReason;
import dev.gatun.engine.api.RequestStats;
import dev.gatun.engine.api.ServingException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class QueueGateTest {
  private static final long SECOND = 1_000_000_000L;
  private static final long NO_DEADLINE = GenerateRequest.NO_DEADLINE;

  private final AtomicLong clock = new AtomicLong(SECOND);
  private final List<RefusalReason> refusals = new ArrayList<>();
  private final QueueGate gate =
      new QueueGate(
          new EngineLimits(512, 4, 64, 4, 200, 40, 100, 1000, 5), clock::get, new Refusals());

  private ServingException refusal(int numPromptTokens, long deadlineNanos) {
    return catchThrowableOfType(
        ServingException.class, () -> gate.enter(numPromptTokens, deadlineNanos, 4));
  }

  /** The queue stays as long as it is while running requests end. */
  private void endRequests(int count, long gapNanos) {
    for (int i = 0; i < count; i++) {
      clock.addAndGet(gapNanos);
      gate.placeLeft(4);
    }
  }

  @Test
  void refusesMorePromptTokensThanMayWait() {
    gate.enter(60, NO_DEADLINE, 0);
    gate.enter(40, NO_DEADLINE, 0);

    ServingException refusal = refusal(1, NO_DEADLINE);

    assertThat(refusal.code()).isEqualTo(ErrorCode.OVERLOADED);
    assertThat(refusal).hasMessageContaining("100 prompt tokens", "max-num-queued-tokens = 100");
    assertThat(refusals).containsExactly(RefusalReason.QUEUED_TOKENS);
    assertThat(gate.numRequests()).isEqualTo(2);
  }

  @Test
  void tokensCountUntilThePromptIsDone() {
    gate.enter(100, NO_DEADLINE, 0);
    gate.promptDone(100);

    gate.enter(100, NO_DEADLINE, 1);

    assertThat(gate.numRequests()).isEqualTo(2);
  }

  @Test
  void aLonePromptMayBeLongerThanTheBound() {
    gate.enter(300, NO_DEADLINE, 0);

    assertThat(refusal(1, NO_DEADLINE).code()).isEqualTo(ErrorCode.OVERLOADED);
  }

  @Test
  void checkRefusesWhatEnterWouldAndTakesNoPlace() {
    gate.check(40, 2, NO_DEADLINE, 0);
    gate.enter(90, NO_DEADLINE, 0);

    assertThatThrownBy(() -> gate.check(1, 11, NO_DEADLINE, 0))
        .hasMessageContaining("max-num-queued-tokens");
    assertThatThrownBy(() -> gate.check(40, 0, NO_DEADLINE, 0))
        .hasMessageContaining("max-num-queued-reqs");
    gate.check(1, 10, NO_DEADLINE, 0);
    assertThat(gate.numRequests()).isEqualTo(1);
  }

  @Test
  void retryHintIsTheTimeThatTheQueueTakes() {
    fill();
    assertThat(refusal(1, NO_DEADLINE).retryAfterSeconds()).as("nothing known").isEqualTo(1);

    endRequests(20, SECOND / 2);
    assertThat(refusal(1, NO_DEADLINE).retryAfterSeconds()).isEqualTo(18);

    endRequests(2000, 9 * SECOND);
    assertThat(refusal(1, NO_DEADLINE).retryAfterSeconds()).as("bounded").isEqualTo(60);
  }

  @Test
  void aDeadlineIsRefusedOnlyIfItIsFarTooEarlyAndEnoughIsKnown() {
    for (int i = 0; i < 24; i++) {
      gate.enter(1, NO_DEADLINE, 4);
    }
    gate.enter(1, clock.get() + 1, 4);
    endRequests(20, SECOND);

    // 21 wait, a place is left each second.
    ServingException refusal = refusal(1, clock.get() + 10 * SECOND);
    assertThat(refusal.code()).isEqualTo(ErrorCode.DEADLINE_EXCEEDED);
    assertThat(refusal).hasMessageContaining("10000 ms", "21000 ms");
    assertThat(refusals).containsExactly(RefusalReason.DEADLINE);
    assertThat(refusal(1, clock.get() + 11 * SECOND)).isNull();
  }

  @Test
  void aDeadlineThatHasPassedIsRefused() {
    assertThat(refusal(1, clock.get()).code()).isEqualTo(ErrorCode.DEADLINE_EXCEEDED);
  }

  @Test
  void timesWithoutAQueueDoNotCountAsSlow() {
    for (int i = 0; i < 20; i++) {
      clock.addAndGet(100 * SECOND);
      gate.placeLeft(0);
    }
    fill();
    endRequests(20, SECOND / 36);

    assertThat(refusal(1, NO_DEADLINE).retryAfterSeconds()).isEqualTo(1);
  }

  private void fill() {
    while (gate.numRequests() < 40) {
      gate.enter(1, NO_DEADLINE, 4);
    }
  }

  private final class Refusals implements EngineObserver {
    @Override
    public void onStep(StepStats step) {}

    @Override
    public void onFinished(FinishReason reason, GenerateRequest request, RequestStats stats) {}

    @Override
    public void onRefused(RefusalReason reason) {
      refusals.add(reason);
    }
  }
}
