package dev.gatun.server.status;

/** Health of the server. Thread-safe; every method returns at once. */
public interface ServerStatus {

  /** False asks for a restart of the process. */
  boolean isLive();

  /** True while requests should be sent here: after warm-up, and before the drain begins. */
  boolean isReady();

  /** Runs after each change of either answer, on the thread that made it. Must not block. */
  void onChange(Runnable listener);
}
