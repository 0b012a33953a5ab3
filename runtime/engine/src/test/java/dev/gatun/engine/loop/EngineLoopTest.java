package dev.gatun.engine.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatun.engine.api.EngineLimits;
import dev.gatun.engine.api.EngineObserver;
import dev.gatun.engine.api.EngineSnapshot;
import dev.gatun.engine.api.EngineState;
import dev.gatun.engine.api.ErrorCode;
import dev.gatun.engine.api.FinishReason;
import dev.gatun.engine.api.GenerateRequest;
import dev.gatun.engine.api.RequestStats;
import dev.gatun.engine.api.SamplingParams;
import dev.gatun.engine.api.ServingException;
import dev.gatun.engine.api.TokenEvent;
import dev.gatun.engine.api.TokenStream;
import dev.gatun.engine.runner.WitnessModel;
import dev.gatun.engine.runner.WitnessRunner;
import dev.gatun.engine.sched.SchedulerConfig;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class EngineLoopTest {
  private static final WitnessModel MODEL = new WitnessModel(1000, 0);
  private static final EngineLimits LIMITS = new EngineLimits(512, 4, 64, 4, 200, 3, 1000, 5);

  private final AtomicLong clock = new AtomicLong(1_000);
  private final GatedRunner runner =
      new GatedRunner(new WitnessRunner(MODEL, 200, 4, 4, WitnessRunner.Bug.NONE));
  private final Recorder recorder = new Recorder();
  private final EngineLoop engine =
      EngineLoop.start(SchedulerConfig.of(LIMITS), runner, recorder, clock::get, new SeedSource(1));

  @AfterEach
  void close() {
    runner.open();
    engine.close();
    assertThat(runner.isClosed()).isTrue();
  }

  private static GenerateRequest request(String id, int maxTokens) {
    return request(id, SamplingParams.builder().maxTokens(maxTokens).build());
  }

  private static GenerateRequest request(String id, SamplingParams sampling) {
    return new GenerateRequest(id, new int[] {5, 6, 7}, sampling, GenerateRequest.NO_DEADLINE);
  }

  private void assertRefused(ErrorCode code) {
    assertThatThrownBy(() -> engine.submit(request("refused", 2)))
        .isInstanceOfSatisfying(ServingException.class, e -> assertThat(e.code()).isEqualTo(code));
  }

  @Test
  void streamsMoreTokensThanItsFirstStorageHolds() throws Exception {
    runner.open();
    SamplingParams sampling = SamplingParams.builder().temperature(0).maxTokens(400).build();

    Streams.Output output = Streams.read(engine.submit(request("long", sampling)));

    assertThat(output.tokens())
        .isEqualTo(MODEL.alone(new int[] {5, 6, 7}, sampling, 0, 512).tokens());
    assertThat(output.finished().reason()).isEqualTo(FinishReason.LENGTH);
  }

  @Test
  void seedDecidesAndUnseededRequestsDiffer() throws Exception {
    runner.open();
    SamplingParams seeded = SamplingParams.builder().seed(9).build();
    SamplingParams unseeded = SamplingParams.builder().build();

    List<Integer> first = Streams.read(engine.submit(request("a", seeded))).tokens();
    assertThat(Streams.read(engine.submit(request("b", seeded))).tokens()).isEqualTo(first);
    List<Integer> other = Streams.read(engine.submit(request("c", unseeded))).tokens();
    assertThat(Streams.read(engine.submit(request("d", unseeded))).tokens()).isNotEqualTo(other);
  }

  @Test
  void deliversPromptScoresBeforeTokens() throws Exception {
    runner.open();
    SamplingParams sampling = SamplingParams.builder().promptLogprobs(0).maxTokens(2).build();

    Streams.Output output = Streams.read(engine.submit(request("scored", sampling)));

    assertThat(output.promptScored().logprobs()).hasSize(3);
    assertThat(output.promptScored().logprobs().getFirst()).isNull();
    assertThat(output.tokens()).hasSize(2);
  }

  @Test
  void refusesBeyondTheQueueBoundWithoutWaitingForTheEngineThread() throws Exception {
    TokenStream first = engine.submit(request("a", 2));
    runner.awaitStep();
    engine.submit(request("b", 2));
    engine.submit(request("c", 2));

    assertRefused(ErrorCode.OVERLOADED);
    assertThat(engine.snapshot().numWaiting()).isEqualTo(3);

    runner.open();
    Streams.read(first);
    assertThat(Streams.read(engine.submit(request("d", 2))).tokens()).hasSize(2);
  }

  @Test
  void drainRefusesNewRequestsAndFinishesTheOthers() throws Exception {
    TokenStream stream = engine.submit(request("a", 5));
    runner.awaitStep();

    engine.drain();

    assertThat(engine.snapshot().state()).isEqualTo(EngineState.DRAINING);
    assertRefused(ErrorCode.UNAVAILABLE);
    assertThat(engine.awaitIdle(Duration.ofMillis(5))).isFalse();
    runner.open();
    assertThat(engine.awaitIdle(Duration.ofSeconds(20))).isTrue();
    assertThat(Streams.read(stream).finished().reason()).isEqualTo(FinishReason.LENGTH);
  }

  @Test
  void closeAbortsWhatIsLeft() throws Exception {
    TokenStream running = engine.submit(request("a", 500));
    runner.awaitStep();
    TokenStream queued = engine.submit(request("b", 500));
    Thread closer = Thread.ofVirtual().start(engine::close);
    Await.until("close is under way", () -> engine.snapshot().state() == EngineState.DRAINING);
    runner.open();
    closer.join();

    assertThat(Streams.read(running).finished().reason()).isEqualTo(FinishReason.ABORT);
    assertThat(Streams.read(queued).finished().reason()).isEqualTo(FinishReason.ABORT);
    assertThat(engine.snapshot().state()).isEqualTo(EngineState.STOPPED);
    assertThat(engine.snapshot().numFreeBlocks()).isEqualTo(200);
    assertRefused(ErrorCode.UNAVAILABLE);
    assertThat(recorder.finished).containsOnly(FinishReason.ABORT);
  }

  @Test
  void brokenRunnerFailsEveryRequestAndTheEngine() throws Exception {
    TokenStream running = engine.submit(request("a", 5));
    runner.awaitStep();
    TokenStream queued = engine.submit(request("b", 5));

    runner.failWith(new IllegalStateException("the device is lost (planted by the test)"));

    for (TokenStream stream : List.of(running, queued)) {
      TokenEvent.Finished finished = Streams.read(stream).finished();
      assertThat(finished.reason()).isEqualTo(FinishReason.ERROR);
      assertThat(finished.failure().code()).isEqualTo(ErrorCode.INTERNAL);
      // Liveness has to tell as soon as a client can know.
      assertThat(engine.snapshot().state()).isEqualTo(EngineState.FAILED);
    }
    assertRefused(ErrorCode.UNAVAILABLE);
    assertThat(engine.awaitIdle(Duration.ofSeconds(1))).isTrue();
  }

  @Test
  void deadlineEndsARequestWithAnError() throws Exception {
    TokenStream stream =
        engine.submit(
            new GenerateRequest(
                "late", new int[] {1}, SamplingParams.builder().maxTokens(9).build(), 5_000));
    runner.awaitStep();
    clock.set(5_000);
    runner.open();

    Streams.Output output = Streams.read(stream);

    assertThat(output.tokens()).hasSize(1);
    assertThat(output.finished().reason()).isEqualTo(FinishReason.ERROR);
    assertThat(output.finished().failure().code()).isEqualTo(ErrorCode.DEADLINE_EXCEEDED);
  }

  @Test
  void abortEndsQueuedAndRunningRequestsAndNotFinishedOnes() throws Exception {
    TokenStream running = engine.submit(request("a", 400));
    runner.awaitStep();
    TokenStream queued = engine.submit(request("b", 400));
    queued.abort();
    queued.abort();
    running.abort();
    runner.open();

    assertThat(Streams.read(queued).tokens()).isEmpty();
    assertThat(Streams.read(running).finished().reason()).isEqualTo(FinishReason.ABORT);
    TokenStream third = engine.submit(request("c", 2));
    Streams.Output output = Streams.read(third);
    third.abort();
    assertThat(output.finished().reason()).isEqualTo(FinishReason.LENGTH);
    assertThatThrownBy(third::poll).isInstanceOf(IllegalStateException.class);
  }

  /** What the metrics count: a request whose reader found a stop string was not aborted. */
  @Test
  void stopEndsARequestAsStoppedAndALaterAbortChangesNothing() throws Exception {
    TokenStream stream = engine.submit(request("a", 400));
    runner.awaitStep();
    stream.stop();
    stream.abort();
    runner.open();

    TokenEvent.Finished finished = Streams.read(stream).finished();

    assertThat(finished.reason()).isEqualTo(FinishReason.STOP);
    assertThat(finished.stopTokenId()).isEqualTo(-1);
    assertThat(finished.isEndOfSequence()).isFalse();
    assertThat(recorder.finished).containsExactly(FinishReason.STOP);
  }

  @Test
  void interruptedReaderMayReadOn() throws Exception {
    TokenStream stream = engine.submit(request("a", 3));
    Thread.currentThread().interrupt();

    assertThatThrownBy(stream::next).isInstanceOf(InterruptedException.class);
    assertThat(stream.poll()).isNull();
    runner.open();
    assertThat(Streams.read(stream).tokens()).hasSize(3);
  }

  @Test
  void heartbeatIsFreshWhileIdle() throws Exception {
    runner.open();
    Streams.read(engine.submit(request("a", 3)));
    clock.set(70_000);
    Await.until("the thread parks", () -> engine.snapshot().heartbeatNanos() == 70_000);
    clock.set(80_000);

    assertThat(engine.snapshot().heartbeatNanos()).isEqualTo(80_000);
  }

  @Test
  void heartbeatIsOldWhileAStepHangs() {
    engine.submit(request("a", 3));
    runner.awaitStep();
    clock.set(80_000);

    assertThat(engine.snapshot().heartbeatNanos()).isEqualTo(1_000);
  }

  @Test
  void observerSeesStepsAndEndsAndSnapshotTheTotals() throws Exception {
    runner.open();
    Streams.Output output = Streams.read(engine.submit(request("a", 4)));
    assertThat(engine.awaitIdle(Duration.ofSeconds(20))).isTrue();

    assertThat(recorder.finished).containsExactly(FinishReason.LENGTH);
    assertThat(recorder.steps.stream().mapToInt(EngineObserver.StepStats::numPromptTokens).sum())
        .isEqualTo(3);
    assertThat(recorder.steps.stream().mapToInt(EngineObserver.StepStats::numOutputTokens).sum())
        .isEqualTo(4);
    EngineSnapshot snapshot = engine.snapshot();
    assertThat(snapshot.state()).isEqualTo(EngineState.READY);
    assertThat(snapshot.numSteps()).isEqualTo(4);
    assertThat(snapshot.numPromptTokens()).isEqualTo(3);
    assertThat(snapshot.numOutputTokens()).isEqualTo(4);
    assertThat(snapshot.numFreeBlocks()).isEqualTo(200);
    assertThat(snapshot.kvUsage()).isZero();
    RequestStats stats = output.finished().stats();
    assertThat(stats.numPromptTokens()).isEqualTo(3);
    assertThat(stats.firstScheduledNanos()).isEqualTo(1_000);
  }

  @Test
  void resetKeepsWhatRunsAndIsRefusedOnceStopped() throws Exception {
    TokenStream stream =
        engine.submit(
            new GenerateRequest(
                "a",
                new int[] {1, 2, 3, 4, 5},
                SamplingParams.builder().maxTokens(400).ignoreEos(true).build(),
                GenerateRequest.NO_DEADLINE));
    runner.awaitStep();
    CompletableFuture<Boolean> whileRunning = engine.resetPrefixCache();
    CompletableFuture<Boolean> joined = engine.resetPrefixCache();
    runner.open();

    assertThat(whileRunning.get()).isFalse();
    assertThat(joined.get()).isFalse();
    stream.abort();
    Streams.read(stream);
    assertThat(engine.resetPrefixCache().get()).isTrue();
    engine.close();
    assertThat(engine.resetPrefixCache())
        .failsWithin(Duration.ofSeconds(20))
        .withThrowableOfType(ExecutionException.class)
        .withCauseInstanceOf(ServingException.class);
  }

  @Test
  void servesARepeatedPromptFromTheCache() throws Exception {
    runner.open();
    GenerateRequest request =
        new GenerateRequest(
            "a",
            new int[] {1, 2, 3, 4, 5},
            SamplingParams.builder().temperature(0).build(),
            GenerateRequest.NO_DEADLINE);

    Streams.Output first = Streams.read(engine.submit(request));
    Streams.Output second = Streams.read(engine.submit(request));

    assertThat(second.tokens()).isEqualTo(first.tokens());
    assertThat(second.finished().stats().numCachedTokens()).isEqualTo(4);
    assertThat(engine.snapshot().numCachedTokens()).isEqualTo(4);
    assertThat(engine.snapshot().numPrefixQueryTokens()).isEqualTo(10);
  }

  private static final class Recorder implements EngineObserver {
    private final List<StepStats> steps = new CopyOnWriteArrayList<>();
    private final List<FinishReason> finished = new CopyOnWriteArrayList<>();

    @Override
    public void onStep(StepStats step) {
      steps.add(step);
    }

    @Override
    public void onFinished(FinishReason reason, GenerateRequest request, RequestStats stats) {
      finished.add(reason);
    }
  }
}
