package dev.gatun.engine.api;

/** Why a request ended, in the words of the OpenAI API and vLLM. */
public enum FinishReason {
  /** End-of-sequence token, stop token or stop string. */
  STOP,
  /** max_tokens or the context length was reached. */
  LENGTH,
  /** The client left or asked to stop, or the server was shut down. */
  ABORT,
  /** The request failed; its stream carries the exception. */
  ERROR;

  /** Lower-case wire form: {@code stop}, {@code length}, {@code abort}, {@code error}. */
  public String wireName() {
    return switch (this) {
      case STOP -> "stop";
      case LENGTH -> "length";
      case ABORT -> "abort";
      case ERROR -> "error";
    };
  }
}
