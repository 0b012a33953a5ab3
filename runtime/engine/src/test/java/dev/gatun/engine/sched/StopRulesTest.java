package dev.gatun.engine.sched;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.engine.api.FinishReason;
import dev.gatun.engine.api.SamplingParams;
import dev.gatun.engine.api.SamplingParamsBuilder;
import dev.gatun.engine.api.TokenEvent;
import org.junit.jupiter.api.Test;

final class StopRulesTest {
  private final SchedulerHarness harness = new SchedulerHarness(1, 100, 4, 50);

  private static SamplingParamsBuilder sampling() {
    return SamplingParams.builder().maxTokens(3);
  }

  /** Runs a request whose outputs are these tokens. */
  private RecordingSink run(int promptLength, SamplingParamsBuilder sampling, int... outputs) {
    RequestState request = harness.add("r", promptLength, sampling.build());
    for (int token : outputs) {
      assertThat(harness.sink(request).finished()).as("before %d", token).isNull();
      harness.nextToken = token;
      harness.step();
    }
    return harness.sink(request);
  }

  @Test
  void endOfSequenceStopsAndIsDelivered() {
    RecordingSink sink = run(2, sampling(), 1, SchedulerHarness.EOS);

    TokenEvent.Finished finished = sink.finished();
    assertThat(finished.reason()).isEqualTo(FinishReason.STOP);
    assertThat(finished.stopTokenId()).isEqualTo(SchedulerHarness.EOS);
    assertThat(finished.isEndOfSequence()).isTrue();
    assertThat(sink.tokens()).containsExactly(1, SchedulerHarness.EOS);
    assertThat(finished.stats().numOutputTokens()).isEqualTo(2);
  }

  @Test
  void endOfSequenceIsAnyTokenWhenIgnored() {
    RecordingSink sink = run(2, sampling().ignoreEos(true), SchedulerHarness.EOS, 1, 1);

    assertThat(sink.finished().reason()).isEqualTo(FinishReason.LENGTH);
    assertThat(sink.finished().stopTokenId()).isEqualTo(-1);
  }

  @Test
  void ignoredEndOfSequenceStillStopsAsAStopToken() {
    RecordingSink sink =
        run(2, sampling().ignoreEos(true).stopTokenIds(SchedulerHarness.EOS), SchedulerHarness.EOS);

    assertThat(sink.finished().reason()).isEqualTo(FinishReason.STOP);
    assertThat(sink.finished().isEndOfSequence()).isFalse();
  }

  @Test
  void stopTokenStops() {
    RecordingSink sink = run(2, sampling().stopTokenIds(5, 6), 1, 6);

    assertThat(sink.finished().reason()).isEqualTo(FinishReason.STOP);
    assertThat(sink.finished().stopTokenId()).isEqualTo(6);
    assertThat(sink.finished().isEndOfSequence()).isFalse();
  }

  @Test
  void nothingStopsBeforeMinTokens() {
    RecordingSink sink = run(2, sampling().minTokens(2).stopTokenIds(6), 6, SchedulerHarness.EOS);

    assertThat(sink.finished().reason()).isEqualTo(FinishReason.STOP);
    assertThat(sink.tokens()).containsExactly(6, SchedulerHarness.EOS);
  }

  @Test
  void stopTokenAtTheLengthLimitCountsAsStop() {
    assertThat(run(2, sampling().stopTokenIds(6), 1, 1, 6).finished().reason())
        .isEqualTo(FinishReason.STOP);
  }

  @Test
  void maxTokensEndsWithLength() {
    assertThat(run(2, sampling(), 1, 1, 1).finished().reason()).isEqualTo(FinishReason.LENGTH);
  }

  @Test
  void contextLengthEndsWithLength() {
    RecordingSink sink = run(62, sampling().maxTokens(9), 1, 1);

    assertThat(sink.finished().reason()).isEqualTo(FinishReason.LENGTH);
  }
}
