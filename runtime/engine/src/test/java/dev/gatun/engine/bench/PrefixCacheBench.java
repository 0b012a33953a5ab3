package dev.gatun.engine.bench;

import com.sun.management.OperatingSystemMXBean;
import dev.gatun.engine.api.EngineLimits;
import dev.gatun.engine.api.EngineObserver;
import dev.gatun.engine.api.GenerateRequest;
import dev.gatun.engine.api.RequestStats;
import dev.gatun.engine.api.SamplingParams;
import dev.gatun.engine.api.TokenEvent;
import dev.gatun.engine.api.TokenStream;
import dev.gatun.engine.loop.EngineLoop;
import dev.gatun.engine.loop.SeedSource;
import dev.gatun.engine.runner.DecoderRunner;
import dev.gatun.engine.sched.SchedulerConfig;
import dev.gatun.model.directory.ModelDirectory;
import dev.gatun.tensor.Backend;
import dev.gatun.tensor.BackendOptions;
import dev.gatun.tensor.Backends;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What prefix caching gives and costs, {@code make bench-prefix}: tokens prefilled by a burst that
 * shares a prefix; time to the first token with and without a hit, and throughput without any reuse
 * with caching on and off, both on a model through the whole engine. Ratios of interleaved pairs.
 *
 * <p>Arguments: model directory, backend name. The last figures are for machines that do nothing
 * else; processor time is printed beside wall time for those that do.
 */
public final class PrefixCacheBench {
  private static final int BLOCK_SIZE = 16;
  private static final int MAX_NUM_SEQS = 32;
  private static final int NUM_PAIRS = 21;
  private static final int NUM_WARM_UPS = 3;

  private final ModelDirectory model;
  private final String backendName;
  private final SplittableRandom random = new SplittableRandom(7);
  private int numRequests;

  private PrefixCacheBench(ModelDirectory model, String backendName) {
    this.model = model;
    this.backendName = backendName;
  }

  /** Prints the figures. */
  public static void main(String[] args) throws InterruptedException {
    for (int maxInFlight = 1; maxInFlight <= 2; maxInFlight++) {
      PrefixBurst.report(2_048, maxInFlight, 64, 0);
      PrefixBurst.report(8_192, maxInFlight, 64, 0);
      PrefixBurst.report(512, maxInFlight, 16, 0);
      PrefixBurst.report(2_048, maxInFlight, 64, 1);
      PrefixBurst.report(2_048, maxInFlight, 64, 3);
    }
    try (ModelDirectory model = ModelDirectory.open(Path.of(args[0]))) {
      PrefixCacheBench bench = new PrefixCacheBench(model, args[1]);
      bench.measureFirstToken();
      bench.measureZeroReuse();
    }
  }

  private EngineLoop start(boolean enablePrefixCaching) {
    Backend backend = Backends.discover().open(backendName, BackendOptions.defaults());
    int maxModelLen = model.spec().maxPositionEmbeddings();
    int numBlocks = MAX_NUM_SEQS * maxModelLen / BLOCK_SIZE;
    EngineLimits limits =
        new EngineLimits(
            maxModelLen,
            MAX_NUM_SEQS,
            2_048,
            BLOCK_SIZE,
            numBlocks,
            256,
            model.spec().vocabSize(),
            5);
    SchedulerConfig config =
        SchedulerConfig.of(limits).withPrefixCaching(enablePrefixCaching, new byte[0]);
    DecoderRunner runner =
        DecoderRunner.create(
            model.spec(), model.weights(), backend, config, backend.activationType());
    return EngineLoop.start(
        config, runner, EngineObserver.NONE, System::nanoTime, new SeedSource(1));
  }

  private GenerateRequest request(int[] prompt, int maxTokens, String salt) {
    SamplingParams sampling =
        SamplingParams.builder().temperature(0).maxTokens(maxTokens).ignoreEos(true).build();
    return new GenerateRequest(
        "r" + numRequests++, prompt, sampling, GenerateRequest.NO_DEADLINE, salt);
  }

  private int[] prompt(int numTokens) {
    return random.ints(numTokens, 0, model.spec().vocabSize()).toArray();
  }

  private static RequestStats await(TokenStream stream) throws InterruptedException {
    while (true) {
      if (stream.next() instanceof TokenEvent.Finished finished) {
        return finished.stats();
      }
    }
  }

  private void measureFirstToken() throws InterruptedException {
    int[] prompt = prompt(1_000);
    double[] cached = new double[NUM_PAIRS];
    double[] uncached = new double[NUM_PAIRS];
    double[] ratios = new double[NUM_PAIRS];
    try (EngineLoop engine = start(true)) {
      for (int pair = -NUM_WARM_UPS; pair < NUM_PAIRS; pair++) {
        String salt = "pair " + pair;
        double first = firstTokenMillis(await(engine.submit(request(prompt, 2, salt))), 0);
        double second = firstTokenMillis(await(engine.submit(request(prompt, 2, salt))), 992);
        if (pair >= 0) {
          uncached[pair] = first;
          cached[pair] = second;
          ratios[pair] = second / first;
        }
      }
    }
    System.out.printf(
        "TTFT of a prompt of 1000 tokens on %s: uncached %.2f ms, cached %.2f ms, ratio %.3f"
            + " (medians of %d pairs)%n",
        backendName, median(uncached), median(cached), median(ratios), NUM_PAIRS);
  }

  private static double firstTokenMillis(RequestStats stats, int numCached) {
    if (stats.numCachedTokens() != numCached) {
      throw new IllegalStateException(
          stats.numCachedTokens() + " cached tokens, expected " + numCached);
    }
    return (stats.firstTokenNanos() - stats.arrivalNanos()) / 1e6;
  }

  /** Pairs in turns on, off and off, on, so that a drift of the machine's speed cancels. */
  private void measureZeroReuse() throws InterruptedException {
    double[] wall = new double[NUM_PAIRS];
    double[] processor = new double[NUM_PAIRS];
    try (EngineLoop on = start(true);
        EngineLoop off = start(false)) {
      for (int pair = -NUM_WARM_UPS; pair < NUM_PAIRS; pair++) {
        List<int[]> prompts = new ArrayList<>();
        for (int i = 0; i < MAX_NUM_SEQS; i++) {
          prompts.add(prompt(400));
        }
        boolean isOnFirst = pair % 2 == 0;
        double[] first = run(isOnFirst ? on : off, prompts);
        double[] second = run(isOnFirst ? off : on, prompts);
        if (pair >= 0) {
          wall[pair] = isOnFirst ? first[0] / second[0] : second[0] / first[0];
          processor[pair] = isOnFirst ? first[1] / second[1] : second[1] / first[1];
        }
      }
    }
    System.out.printf(
        "no reuse, %d requests of 400 + 60 tokens on %s: time with caching on / off: wall %.4f"
            + " (quartiles %.4f to %.4f), processor %.4f (%.4f to %.4f), medians of %d pairs%n",
        MAX_NUM_SEQS,
        backendName,
        median(wall),
        wall[NUM_PAIRS / 4],
        wall[NUM_PAIRS * 3 / 4],
        median(processor),
        processor[NUM_PAIRS / 4],
        processor[NUM_PAIRS * 3 / 4],
        NUM_PAIRS);
  }

  /** Wall and processor time in nanoseconds. */
  private double[] run(EngineLoop engine, List<int[]> prompts) throws InterruptedException {
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    long processorStart = system.getProcessCpuTime();
    long start = System.nanoTime();
    List<TokenStream> streams = new ArrayList<>();
    for (int[] prompt : prompts) {
      streams.add(engine.submit(request(prompt, 60, "")));
    }
    for (TokenStream stream : streams) {
      await(stream);
    }
    long wall = System.nanoTime() - start;
    return new double[] {wall, system.getProcessCpuTime() - processorStart};
  }

  /** Sorts as it goes. */
  private static double median(double[] values) {
    Arrays.sort(values);
    return values[values.length / 2];
  }
}
