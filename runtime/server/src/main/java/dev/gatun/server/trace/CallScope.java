package dev.gatun.server.trace;

import java.util.concurrent.Executor;
import org.slf4j.MDC;

/**
 * Binds a call to the threads that work for it, so that what is called there need not be handed it:
 * as a scoped value, and for log lines as trace_id and span_id.
 */
public final class CallScope {
  private static final ScopedValue<CallTrace> CURRENT = ScopedValue.newInstance();
  private static final String TRACE_ID = "trace_id";
  private static final String SPAN_ID = "span_id";

  private CallScope() {}

  /** Work that may fail with X. */
  @FunctionalInterface
  public interface Work<T, X extends Exception> {
    T run() throws X;
  }

  /** The call that the current thread works for. */
  public static CallTrace current() {
    return CURRENT.orElse(CallTrace.NONE);
  }

  /** Does it for a call. */
  public static <T, X extends Exception> T call(CallTrace call, Work<T, X> work) throws X {
    if (call.traceId().isEmpty()) {
      return ScopedValue.where(CURRENT, call).<T, X>call(work::run);
    }
    MDC.put(TRACE_ID, call.traceId());
    MDC.put(SPAN_ID, call.spanId());
    try {
      return ScopedValue.where(CURRENT, call).<T, X>call(work::run);
    } finally {
      MDC.remove(TRACE_ID);
      MDC.remove(SPAN_ID);
    }
  }

  /** Does it for a call. */
  public static void run(CallTrace call, Runnable work) {
    CallScope.<Boolean, RuntimeException>call(
        call,
        () -> {
          work.run();
          return true;
        });
  }

  /** An executor whose tasks work for the call of the thread that submits them. */
  public static Executor carrying(Executor executor) {
    return task -> {
      CallTrace call = current();
      executor.execute(() -> run(call, task));
    };
  }
}
