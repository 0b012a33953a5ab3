package dev.gatun.server.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.slf4j.MDC;

class CallScopeTest {
  private static final CallTrace TRACED =
      new CallTrace() {
        @Override
        public long receivedNanos() {
          return 7;
        }

        @Override
        public String traceId() {
          return "0af7651916cd43dd8448eb211c80319c";
        }

        @Override
        public String spanId() {
          return "b7ad6b7169203331";
        }

        @Override
        public void tokenised(long startNanos, long endNanos) {}

        @Override
        public GenerationTrace generation(Generation request) {
          return GenerationTrace.NONE;
        }
      };

  @Test
  void aThreadWorksForNoCallUnlessOneIsBound() {
    assertThat(CallScope.current()).isSameAs(CallTrace.NONE);

    CallTrace seen = CallScope.<CallTrace, RuntimeException>call(TRACED, CallScope::current);

    assertThat(seen).isSameAs(TRACED);
    assertThat(CallScope.current()).isSameAs(CallTrace.NONE);
  }

  @Test
  void logLinesCarryTheTraceAsLongAsTheCallIsBound() {
    String logged =
        CallScope.<String, RuntimeException>call(
            TRACED, () -> MDC.get("trace_id") + " " + MDC.get("span_id"));

    assertThat(logged).isEqualTo(TRACED.traceId() + " " + TRACED.spanId());
    assertThat(MDC.get("trace_id")).isNull();
  }

  @Test
  void aCallThatIsNotTracedLeavesLogLinesAsTheyAre() {
    CallTrace untraced = new UntracedCall(7);

    CallScope.run(untraced, () -> assertThat(MDC.get("trace_id")).isNull());
  }

  @Test
  void tasksWorkForTheCallThatSubmittedThem() {
    try (ExecutorService threads = Executors.newSingleThreadExecutor()) {
      Executor carrying = CallScope.carrying(threads);
      CompletableFuture<CallTrace> seen = new CompletableFuture<>();
      CompletableFuture<CallTrace> seenLater = new CompletableFuture<>();

      CallScope.run(TRACED, () -> carrying.execute(() -> seen.complete(CallScope.current())));
      carrying.execute(() -> seenLater.complete(CallScope.current()));

      assertThat(seen.join()).isSameAs(TRACED);
      assertThat(seenLater.join()).isSameAs(CallTrace.NONE);
    }
  }

  @Test
  void whatFailsLeavesNothingBehind() {
    assertThatThrownBy(
            () ->
                CallScope.run(
                    TRACED,
                    () -> {
                      throw new IllegalStateException("broken");
                    }))
        .isInstanceOf(IllegalStateException.class);

    assertThat(MDC.get("trace_id")).isNull();
    assertThat(CallScope.current()).isSameAs(CallTrace.NONE);
  }
}
