package dev.gatun.server.net;

import dev.gatun.server.http.HttpRefusal;

/** A request that the transport refuses before any handler sees it. */
final class RefusedException extends Exception {
  private static final long serialVersionUID = 1L;

  private final HttpRefusal refusal;

  RefusedException(HttpRefusal refusal, String message) {
    super(message, null, false, false);
    this.refusal = refusal;
  }

  HttpRefusal refusal() {
    return refusal;
  }

  String text() {
    return String.valueOf(getMessage());
  }

  static RefusedException bodyTooLarge(long maxBytes) {
    return new RefusedException(
        HttpRefusal.BODY_TOO_LARGE, "request body exceeds the limit of " + maxBytes + " bytes");
  }

  static RefusedException noMemory() {
    return new RefusedException(
        HttpRefusal.TOO_MANY_CALLS, "too many request bodies are in memory, try again later");
  }
}
