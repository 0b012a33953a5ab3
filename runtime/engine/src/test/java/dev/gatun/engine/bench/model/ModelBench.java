package dev.gatun.engine.bench.model;

import dev.gatun.model.directory.ModelDirectory;
import dev.gatun.tensor.Backend;
import dev.gatun.tensor.BackendOptions;
import dev.gatun.tensor.Backends;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleSupplier;

/**
 * What a model does on a backend, {@code make bench ARGS="MODEL ..."}: tokens per second of prefill
 * by prompt length and of decode by batch and context, and the share of the read bandwidth that
 * decode reaches, measured beside it. Medians of repeats.
 */
public final class ModelBench {
  private static final int WARM_UP_STEPS = 3;
  private static final long WARM_UP_NANOS = 6_000_000_000L;

  private final BenchOptions options;
  private final ModelDirectory model;
  private final Backend backend;
  private final int threads;
  private final int[] prefills;
  private final int[] contexts;
  private final int maxContext;
  private final ModelRoofline roofline;

  private ModelBench(BenchOptions options, ModelDirectory model, Backend backend, int threads) {
    this.options = options;
    this.model = model;
    this.backend = backend;
    this.threads = threads;
    roofline = new ModelRoofline(model, backend, options.kvType());
    int numSteps = options.number("steps", 1);
    prefills = fitting("prefill", 1, 0);
    contexts = fitting("context", 0, numSteps);
    maxContext =
        Math.max(
            Arrays.stream(contexts).max().orElse(0) + numSteps,
            Arrays.stream(prefills).max().orElse(0));
  }

  /** Prints the figures. */
  public static void main(String[] args) throws IOException {
    if (Arrays.asList(args).contains("--help")) {
      System.out.println(BenchOptions.HELP);
      return;
    }
    BenchOptions options;
    try {
      options = new BenchOptions(List.of(args));
      options.rounding();
      options.kvType();
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage());
      System.err.println(BenchOptions.HELP);
      System.exit(2);
      return;
    }
    int asked = options.number("threads", 0);
    int threads = asked > 0 ? asked : Runtime.getRuntime().availableProcessors();
    try (ModelDirectory model = ModelDirectory.open(options.model(), options.rounding());
        Backend backend =
            Backends.discover()
                .open(
                    options.text("backend"),
                    new BackendOptions(threads).withDtype(options.linearInputs()));
        ReadProbe probe = new ReadProbe(options.text("probe"), threads)) {
      new ModelBench(options, model, backend, threads).run(probe);
    }
  }

  private void run(ReadProbe probe) throws IOException {
    int[] batches = options.numbers("batch", 1);
    progress("placing the weights of " + options.model());
    long start = System.nanoTime();
    StepDriver driver =
        new StepDriver(
            model,
            backend,
            options.kvType(),
            Math.min(options.number("max-num-batched-tokens", 1), maxContext),
            Arrays.stream(batches).max().orElse(1),
            maxContext);
    BenchReport report = new BenchReport(subject(), (System.nanoTime() - start) / 1e9);
    progress("warming up");
    warmUp(driver, maxContext);
    for (int tokens : prefills) {
      progress("prefill of " + tokens);
      report.add(measurePrefill(driver, tokens));
    }
    if (batches.length > 0 && contexts.length > 0) {
      progress("filling the KV cache");
      driver.fill();
      for (int context : contexts) {
        for (int batch : batches) {
          progress("decode of " + batch + " at context " + context);
          report.add(measureDecode(driver, probe, batch, context));
        }
      }
    }
    report.write(options.text("json"));
  }

  /**
   * The first pass touches every weight. The others are for the JVM, which interprets steps at
   * first and compiles them on the processors that compute: neither page faults nor cold code are
   * measured.
   */
  private static void warmUp(StepDriver driver, int maxContext) {
    long start = System.nanoTime();
    driver.prefill(Math.min(32, maxContext));
    do {
      driver.decode(1, 0);
    } while (System.nanoTime() - start < WARM_UP_NANOS);
  }

  private BenchReport.Prefill measurePrefill(StepDriver driver, int tokens) {
    double[] seconds =
        repeat(
            () -> {
              long start = System.nanoTime();
              driver.prefill(tokens);
              return (System.nanoTime() - start) / 1e9;
            });
    double median = median(seconds);
    double matrixShare = roofline.prefillFlops(tokens) / options.matrixRate() / median;
    return new BenchReport.Prefill(tokens, median, tokens / median, matrixShare, seconds.length);
  }

  private BenchReport.Decode measureDecode(
      StepDriver driver, ReadProbe probe, int batch, int context) {
    int numSteps = options.number("steps", 1);
    long bytes = roofline.weightBytes();
    List<Double> bandwidths = new ArrayList<>();
    List<Double> shares = new ArrayList<>();
    List<Double> issues = new ArrayList<>();
    // A device records the step the second time and repeats it from then on.
    for (int i = 0; i < WARM_UP_STEPS; i++) {
      driver.decode(batch, context);
    }
    double[] seconds =
        repeat(
            () -> {
              double before = probe.bytesPerSecond();
              long start = System.nanoTime();
              for (int step = 0; step < numSteps; step++) {
                driver.decode(batch, context + step);
                issues.add(driver.issueNanos() / 1e3);
              }
              double stepSeconds = (System.nanoTime() - start) / 1e9 / numSteps;
              double bandwidth = (before + probe.bytesPerSecond()) / 2;
              bandwidths.add(bandwidth / 1e9);
              shares.add(bytes / stepSeconds / bandwidth);
              return stepSeconds;
            });
    double median = median(seconds);
    return new BenchReport.Decode(
        batch,
        context,
        median * 1e3,
        batch / median,
        median(bandwidths),
        median(shares),
        roofline.decodeSeconds(batch, context, median(bandwidths) * 1e9, options.matrixRate())
            / median,
        backend.usesHostMemory() ? Double.NaN : median(issues),
        seconds.length);
  }

  /** At least once, at most --repeats times, none begun after --seconds. */
  private double[] repeat(DoubleSupplier run) {
    int repeats = options.number("repeats", 1);
    double[] results = new double[repeats];
    long start = System.nanoTime();
    int done = 0;
    while (done < repeats && (done == 0 || System.nanoTime() - start < options.seconds() * 1e9)) {
      results[done++] = run.getAsDouble();
    }
    return Arrays.copyOf(results, done);
  }

  /** The values of an option whose sequences the model can hold, those left out said aloud. */
  private int[] fitting(String name, int min, int beyond) {
    int limit = model.config().maxPositionEmbeddings();
    return Arrays.stream(options.numbers(name, min))
        .filter(
            value -> {
              boolean fits = value + beyond <= limit;
              if (!fits) {
                progress(
                    "--%s %d left out: the model holds %d tokens".formatted(name, value, limit));
              }
              return fits;
            })
        .toArray();
  }

  private BenchReport.Subject subject() {
    return new BenchReport.Subject(
        options.model().toAbsolutePath().normalize().getFileName().toString(),
        backend.name(),
        options.text("quantization"),
        threads,
        options.kvType().toString(),
        roofline.weightBytes(),
        8.0 * roofline.weightBytes() / roofline.numWeights());
  }

  private static void progress(String what) {
    System.err.println("... " + what);
  }

  private static double median(List<Double> values) {
    return median(values.stream().mapToDouble(Double::doubleValue).toArray());
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
