package dev.gatun.engine.bench.evict;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiFunction;

/**
 * Prints, per workload and pool size, the share of the prompts' blocks that each policy finds in
 * the cache, in percent: mean of some seeds, which are printed. {@code make bench-eviction}.
 *
 * <p>Columns: lru is the free queue; clockN gives blocks that were found up to N more rounds;
 * s3fifo, 2q and slruN are the known ones, N the protected share; probN evicts blocks never found
 * first where they are more than N percent of the pool; hit-xN and fork-xN are {@link AgedPolicy}
 * of weight N; belady knows the future.
 */
public final class EvictionBench {
  private static final int[] POOL_SIZES = {4_000, 8_000, 16_000};
  private static final int NUM_SEEDS = 3;

  private EvictionBench() {}

  private static Map<String, BiFunction<Trace, Integer, EvictionPolicy>> policies() {
    Map<String, BiFunction<Trace, Integer, EvictionPolicy>> policies = new LinkedHashMap<>();
    policies.put("lru", (_, size) -> new LruPolicy(size, 0));
    policies.put("clock1", (_, size) -> new LruPolicy(size, 1));
    policies.put("clock3", (_, size) -> new LruPolicy(size, 3));
    policies.put("s3fifo", (_, size) -> new S3FifoPolicy(size));
    policies.put("2q", (_, size) -> new TwoQueuePolicy(size));
    policies.put("slru50", (_, size) -> new SegmentedPolicy(size, 0, 0.5));
    policies.put("slru80", (_, size) -> new SegmentedPolicy(size, 0, 0.8));
    policies.put("prob25", (_, size) -> new SegmentedPolicy(size, 0.25, 1));
    policies.put("prob50", (_, size) -> new SegmentedPolicy(size, 0.5, 1));
    policies.put("hit-x2", (_, size) -> new AgedPolicy(size, false, 2));
    policies.put("fork-x2", (_, size) -> new AgedPolicy(size, true, 2));
    policies.put("fork-x4", (_, size) -> new AgedPolicy(size, true, 4));
    policies.put("belady", OraclePolicy::new);
    return policies;
  }

  /** Prints the table. */
  public static void main(String[] args) {
    System.out.printf("hit tokens in %% of prompt tokens, mean of seeds 0 to %d%n", NUM_SEEDS - 1);
    System.out.printf("%-18s%8s", "workload", "blocks");
    policies().keySet().forEach(name -> System.out.printf("%8s", name));
    System.out.println();
    for (Workload workload : Workload.values()) {
      Trace[] traces = new Trace[NUM_SEEDS];
      for (int seed = 0; seed < NUM_SEEDS; seed++) {
        traces[seed] = workload.trace(seed);
      }
      for (int size : POOL_SIZES) {
        System.out.printf("%-18s%8d", workload, size);
        policies()
            .values()
            .forEach(policy -> System.out.printf("%8.1f", mean(traces, size, policy)));
        System.out.println();
      }
    }
  }

  private static double mean(
      Trace[] traces, int size, BiFunction<Trace, Integer, EvictionPolicy> policy) {
    double sum = 0;
    for (Trace trace : traces) {
      sum += new Replay(trace, size, numBlocks -> policy.apply(trace, numBlocks)).hitRate();
    }
    return 100 * sum / traces.length;
  }
}
