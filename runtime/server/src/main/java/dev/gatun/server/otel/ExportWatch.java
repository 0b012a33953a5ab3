package dev.gatun.server.otel;

import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts failed exports of one signal and says once per outage that there is one. Any thread. */
final class ExportWatch {
  private static final Logger log = LoggerFactory.getLogger(ExportWatch.class);

  private final String signal;
  private final ExportCounts counts;
  private final AtomicBoolean isFailing = new AtomicBoolean();

  ExportWatch(String signal, ExportCounts counts) {
    this.signal = signal;
    this.counts = counts;
  }

  void succeeded() {
    if (isFailing.compareAndSet(true, false)) {
      log.info("export works again signal={}", signal);
    }
  }

  void failed() {
    counts.exportFailed(signal);
    if (isFailing.compareAndSet(false, true)) {
      log.warn(
          "export fails signal={}; further failures are counted in gatun:otlp_export_failures",
          signal);
    }
  }
}
