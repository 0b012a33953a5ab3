package dev.gatun.server.serve;

import dev.gatun.engine.api.Engine;
import dev.gatun.engine.api.EngineState;
import dev.gatun.server.status.ServerStatus;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * Where the server is in its life. Live from the start until the engine fails; ready from the end
 * of the warm-up until the drain begins. Thread-safe.
 */
final class LifeCycle implements ServerStatus {
  private enum Phase {
    STARTING,
    READY,
    DRAINING
  }

  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  private volatile Phase phase = Phase.STARTING;
  private volatile @Nullable Engine engine;

  /** The warm-up has produced a token on this engine. */
  void ready(Engine warm) {
    engine = warm;
    change(Phase.READY);
  }

  void draining() {
    change(Phase.DRAINING);
  }

  /** Tells the listeners that the engine's own state has changed. */
  void engineChanged() {
    listeners.forEach(Runnable::run);
  }

  /** True until the warm-up is over. */
  boolean isStarting() {
    return phase == Phase.STARTING;
  }

  boolean isDraining() {
    return phase == Phase.DRAINING;
  }

  private void change(Phase next) {
    phase = next;
    listeners.forEach(Runnable::run);
  }

  @Override
  public boolean isLive() {
    Engine watched = engine;
    return watched == null || watched.snapshot().state() != EngineState.FAILED;
  }

  @Override
  public boolean isReady() {
    Engine watched = engine;
    return phase == Phase.READY
        && watched != null
        && watched.snapshot().state() == EngineState.READY;
  }

  @Override
  public void onChange(Runnable listener) {
    listeners.add(listener);
  }
}
