package dev.gatun.server.otel;

/** Told of what could not be exported. Any thread. */
public interface ExportCounts {

  /** So many spans were dropped. */
  void spansDropped(long count);

  /**
   * An export did not reach a collector.
   *
   * @param signal {@code traces} or {@code metrics}
   */
  void exportFailed(String signal);
}
