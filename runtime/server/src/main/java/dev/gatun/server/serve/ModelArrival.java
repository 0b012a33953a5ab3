package dev.gatun.server.serve;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Waits for a model directory that appears after the process has started. KServe's modelcar mounts
 * a model from another container's root: the path is a link that may come later than we do, and
 * {@code MODEL_INIT_MODE=async} says so. Everywhere else an absent directory is a mistake, told at
 * once.
 */
public final class ModelArrival {
  private static final Logger log = LoggerFactory.getLogger(ModelArrival.class);

  private static final String MODE = "MODEL_INIT_MODE";

  /** Half of what the startup probe of our runtimes gives, so that the reason gets told. */
  static final Duration LIMIT = Duration.ofMinutes(10);

  private static final Duration LOOK_INTERVAL = Duration.ofMillis(100);

  private final boolean isExpected;
  private final LongSupplier nanoTime;
  private final Runnable pause;

  ModelArrival(boolean isExpected, LongSupplier nanoTime, Runnable pause) {
    this.isExpected = isExpected;
    this.nanoTime = nanoTime;
    this.pause = pause;
  }

  /** As the environment of the process asks. */
  public static ModelArrival of(Map<String, String> environment) {
    return new ModelArrival(
        "async".equals(environment.get(MODE)),
        System::nanoTime,
        () -> LockSupport.parkNanos(LOOK_INTERVAL.toNanos()));
  }

  /**
   * Returns when the directory has a model's configuration, or at once if nothing is to come later.
   *
   * @throws StartException if it has none within the limit
   */
  void await(Path model) {
    if (!isExpected || isThere(model)) {
      return;
    }
    log.info("waiting for model path={} limit_s={}", model, LIMIT.toSeconds());
    long start = nanoTime.getAsLong();
    while (!isThere(model)) {
      if (nanoTime.getAsLong() - start > LIMIT.toNanos()) {
        throw new StartException(
            "--model %s has no config.json after %d s, though %s=async promised one: see whether"
                    .formatted(model, LIMIT.toSeconds(), MODE)
                + " the container modelcar runs and its image has the files under /models");
      }
      pause.run();
    }
  }

  private static boolean isThere(Path model) {
    return Files.isRegularFile(model.resolve("config.json"));
  }
}
