package dev.gatun.engine.bench.model;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The figures of a run: lines as they come, JSON at the end. */
final class BenchReport {
  /** What was measured, and the roof of its decode steps. */
  record Subject(
      String model,
      String backend,
      String quantization,
      int threads,
      String kvCacheDtype,
      long weightBytesPerStep,
      double bitsPerWeight) {}

  /** One prompt length; {@code matrixShare} is the share of the matrix rate, NaN if unknown. */
  record Prefill(
      int tokens, double seconds, double tokensPerSecond, double matrixShare, int repeats) {}

  /**
   * One decode batch. {@code weightReadShare} is the weights' bytes per second over the read
   * bandwidth measured around each repeat (MBU); keys and values are not counted. {@code
   * rooflineShare} is the least time that reading weights, keys and values or, if that is known and
   * longer, multiplying can take, over the time it took. {@code issueMicros} is what the host is
   * busy with a step, NaN where the host computes.
   */
  record Decode(
      int batch,
      int context,
      double stepMillis,
      double tokensPerSecond,
      double readGbPerSecond,
      double weightReadShare,
      double rooflineShare,
      double issueMicros,
      int repeats) {}

  /** All of it. */
  record Figures(Subject subject, double loadSeconds, List<Prefill> prefill, List<Decode> decode) {}

  private final Subject subject;
  private final double loadSeconds;
  private final List<Prefill> prefills = new ArrayList<>();
  private final List<Decode> decodes = new ArrayList<>();

  BenchReport(Subject subject, double loadSeconds) {
    this.subject = subject;
    this.loadSeconds = loadSeconds;
    System.out.printf(
        Locale.ROOT,
        "%s on %s, %d threads, quantization %s (%.2f bits per weight, %.0f MB read per step),"
            + " KV cache %s, weights placed in %.2f s%n",
        subject.model(),
        subject.backend(),
        subject.threads(),
        subject.quantization(),
        subject.bitsPerWeight(),
        subject.weightBytesPerStep() / 1e6,
        subject.kvCacheDtype(),
        loadSeconds);
  }

  void add(Prefill row) {
    if (prefills.isEmpty()) {
      System.out.printf(
          Locale.ROOT,
          "%10s %12s %12s %8s %8s%n",
          "prefill",
          "tokens/s",
          "ms",
          "matrix",
          "repeats");
    }
    prefills.add(row);
    System.out.printf(
        Locale.ROOT,
        "%10d %12.1f %12.1f %8.2f %8d%n",
        row.tokens(),
        row.tokensPerSecond(),
        row.seconds() * 1e3,
        row.matrixShare(),
        row.repeats());
  }

  void add(Decode row) {
    if (decodes.isEmpty()) {
      System.out.printf(
          Locale.ROOT,
          "%10s %8s %12s %12s %12s %8s %8s %8s %8s%n",
          "decode",
          "context",
          "tokens/s",
          "step ms",
          "probe GB/s",
          "MBU",
          "roof",
          "host us",
          "repeats");
    }
    decodes.add(row);
    System.out.printf(
        Locale.ROOT,
        "%10d %8d %12.1f %12.2f %12.1f %8.2f %8.2f %8.1f %8d%n",
        row.batch(),
        row.context(),
        row.tokensPerSecond(),
        row.stepMillis(),
        row.readGbPerSecond(),
        row.weightReadShare(),
        row.rooflineShare(),
        row.issueMicros(),
        row.repeats());
  }

  void write(String file) throws IOException {
    if (!file.isEmpty()) {
      new ObjectMapper()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .writeValue(Path.of(file).toFile(), new Figures(subject, loadSeconds, prefills, decodes));
    }
  }
}
