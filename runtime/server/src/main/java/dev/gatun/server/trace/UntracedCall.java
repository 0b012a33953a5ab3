package dev.gatun.server.trace;

/** A call of which nothing is kept but when it came. */
record UntracedCall(long receivedNanos) implements CallSpan {

  @Override
  public String traceId() {
    return "";
  }

  @Override
  public String spanId() {
    return "";
  }

  @Override
  public void tokenised(long startNanos, long endNanos) {}

  @Override
  public GenerationTrace generation(Generation request) {
    return GenerationTrace.NONE;
  }

  @Override
  public void endHttp(int status) {}

  @Override
  public void endGrpc(int code) {}
}
