package dev.gatun.server.trace;

import dev.gatun.engine.api.RequestOrigin;

/** What is kept of the call that the current thread works for. Any thread. */
public interface CallTrace {

  /** Of a thread that works for no call, or of a call that nobody measures. */
  CallTrace NONE = new UntracedCall(RequestOrigin.ON_SUBMIT);

  /** When the call had been received, by System.nanoTime. */
  long receivedNanos();

  /** 32 hexadecimal digits, or empty if the call is not part of a trace that is kept. */
  String traceId();

  /** 16 hexadecimal digits, or empty. */
  String spanId();

  /** A prompt was made into tokens between these times of System.nanoTime. */
  void tokenised(long startNanos, long endNanos);

  /** A request was admitted for the call. */
  GenerationTrace generation(Generation request);
}
