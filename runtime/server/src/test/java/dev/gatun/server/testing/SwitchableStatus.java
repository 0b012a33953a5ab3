package dev.gatun.server.testing;

import dev.gatun.server.status.ServerStatus;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A status that the test sets; ready at first. */
public final class SwitchableStatus implements ServerStatus {
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  private volatile boolean isReady = true;

  public void ready(boolean value) {
    isReady = value;
    listeners.forEach(Runnable::run);
  }

  @Override
  public boolean isLive() {
    return true;
  }

  @Override
  public boolean isReady() {
    return isReady;
  }

  @Override
  public void onChange(Runnable listener) {
    listeners.add(listener);
  }
}
