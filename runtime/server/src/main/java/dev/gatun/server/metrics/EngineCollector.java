package dev.gatun.server.metrics;

import dev.gatun.engine.api.EngineSnapshot;
import dev.gatun.engine.api.EngineState;
import dev.gatun.engine.api.PreemptionStats;
import dev.gatun.engine.api.QueueSnapshot;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What an engine says about itself, read from one snapshot per scrape, so that the figures of a
 * scrape fit each other. All zero until there is an engine. Any thread; takes no lock.
 */
final class EngineCollector implements MultiCollector {
  private static final double NANOS_PER_SECOND = 1e9;

  private final String modelName;
  private final boolean legacyNames;
  private final LongSupplier clock;
  private volatile @Nullable Supplier<EngineSnapshot> engine;
  private volatile @Nullable CacheFacts cache;

  /**
   * Zeros for now.
   *
   * @param legacyNames whether the names that vLLM has retired are shown
   * @param clock of the engine
   */
  EngineCollector(String modelName, boolean legacyNames, LongSupplier clock) {
    this.modelName = modelName;
    this.legacyNames = legacyNames;
    this.clock = clock;
  }

  void planned(CacheFacts facts) {
    cache = facts;
  }

  /** From now on this engine is shown; its snapshots are cheap and to be had on any thread. */
  void watch(Supplier<EngineSnapshot> snapshots) {
    engine = snapshots;
  }

  @Override
  public MetricSnapshots collect() {
    Supplier<EngineSnapshot> watched = engine;
    EngineSnapshot now = watched == null ? EngineSnapshot.NONE : watched.get();
    Samples samples = new Samples(modelName);
    addState(samples, now);
    addTokens(samples, now);
    addPreemptions(samples, now.preemptions());
    addKv(samples, now);
    addTimes(samples, now, watched != null);
    if (now.speculation().acceptedPerPosition().length > 0) {
      addSpeculation(samples, now);
    }
    if (legacyNames) {
      addLegacy(samples, now);
    }
    return samples.build();
  }

  private static void addState(Samples samples, EngineSnapshot now) {
    samples.add(VllmMetric.NUM_REQUESTS_RUNNING, now.numRunning());
    samples.add(VllmMetric.NUM_REQUESTS_WAITING, now.numWaiting());
    int numHeld = Math.min(now.queue().numHeld(), now.numWaiting());
    samples.add(VllmMetric.NUM_REQUESTS_WAITING_BY_REASON, now.numWaiting() - numHeld, "capacity");
    samples.add(VllmMetric.NUM_REQUESTS_WAITING_BY_REASON, numHeld, "deferred");
    samples.add(VllmMetric.KV_CACHE_USAGE, now.kvUsage());
    samples.add(VllmMetric.ENGINE_SLEEP_STATE, 1, "awake");
    samples.add(VllmMetric.ENGINE_SLEEP_STATE, 0, "weights_offloaded");
    samples.add(VllmMetric.ENGINE_SLEEP_STATE, 0, "discard_all");
    samples.add(VllmMetric.ENGINE_HEALTHY, now.state() == EngineState.FAILED ? 0 : 1);
  }

  private static void addTokens(Samples samples, EngineSnapshot now) {
    long numCached = now.numCachedPromptTokens();
    samples.add(VllmMetric.PROMPT_TOKENS, now.numPromptTokens());
    samples.add(
        VllmMetric.PROMPT_TOKENS_BY_SOURCE, now.numPromptTokens() - numCached, "local_compute");
    samples.add(VllmMetric.PROMPT_TOKENS_BY_SOURCE, numCached, "local_cache_hit");
    samples.add(VllmMetric.PROMPT_TOKENS_BY_SOURCE, 0, "external_kv_transfer");
    samples.add(VllmMetric.PROMPT_TOKENS_CACHED, numCached);
    samples.add(VllmMetric.GENERATION_TOKENS, now.numOutputTokens());
    samples.add(VllmMetric.PREFIX_CACHE_QUERIES, now.numPrefixQueryTokens());
    samples.add(VllmMetric.PREFIX_CACHE_HITS, now.numCachedTokens());
    samples.add(VllmMetric.EXTERNAL_PREFIX_CACHE_QUERIES, 0);
    samples.add(VllmMetric.EXTERNAL_PREFIX_CACHE_HITS, 0);
    samples.add(VllmMetric.MM_CACHE_QUERIES, 0);
    samples.add(VllmMetric.MM_CACHE_HITS, 0);
    samples.add(GatunMetric.ENGINE_STEPS, now.numSteps());
  }

  private static void addPreemptions(Samples samples, PreemptionStats now) {
    samples.add(VllmMetric.NUM_PREEMPTIONS, now.numPreemptions());
    samples.add(GatunMetric.PREEMPTIONS_RECOMPUTED, now.numRecomputed());
    samples.add(GatunMetric.PREEMPTIONS_SWAPPED, now.numSwapped());
    samples.add(GatunMetric.TOKENS_RECOMPUTED, now.numTokensRecomputed());
    samples.add(GatunMetric.TOKENS_SWAPPED_OUT, now.numTokensSwappedOut());
    samples.add(GatunMetric.TOKENS_SWAPPED_IN, now.numTokensSwappedIn());
  }

  private void addKv(Samples samples, EngineSnapshot now) {
    samples.add(GatunMetric.KV_BLOCKS, now.numBlocks(), "device");
    samples.add(GatunMetric.KV_BLOCKS, now.swap().numBlocks(), "swap");
    samples.add(GatunMetric.KV_BLOCKS_USED, now.numBlocks() - now.numFreeBlocks(), "device");
    samples.add(GatunMetric.KV_BLOCKS_USED, now.swap().numUsedBlocks(), "swap");
    CacheFacts facts = cache;
    if (facts != null) {
      samples.add(VllmMetric.CACHE_CONFIG_INFO, 1, facts.labelValues());
    }
  }

  private void addTimes(Samples samples, EngineSnapshot now, boolean hasEngine) {
    long nowNanos = clock.getAsLong();
    long oldest = now.queue().oldestArrivalNanos();
    boolean isAnyWaiting = oldest != QueueSnapshot.NOBODY;
    samples.add(GatunMetric.OLDEST_WAITING, isAnyWaiting ? age(nowNanos, oldest) : 0);
    samples.add(
        GatunMetric.PREDICTED_QUEUE_DELAY, now.queue().predictedDelayNanos() / NANOS_PER_SECOND);
    samples.add(GatunMetric.QUEUED_PROMPT_TOKENS, now.queue().numPromptTokens());
    samples.add(
        GatunMetric.ENGINE_HEARTBEAT_AGE, hasEngine ? age(nowNanos, now.heartbeatNanos()) : 0);
  }

  /** The clock may have been read before the snapshot's times. */
  private static double age(long nowNanos, long sinceNanos) {
    return Math.max(0, nowNanos - sinceNanos) / NANOS_PER_SECOND;
  }

  /** These exist only where there is speculation, as vLLM has it. */
  private static void addSpeculation(Samples samples, EngineSnapshot now) {
    samples.add(VllmMetric.SPEC_DECODE_NUM_DRAFTS, now.speculation().numDrafts());
    samples.add(VllmMetric.SPEC_DECODE_NUM_DRAFT_TOKENS, now.speculation().numDraftTokens());
    samples.add(VllmMetric.SPEC_DECODE_NUM_ACCEPTED_TOKENS, now.speculation().numAcceptedTokens());
    long[] accepted = now.speculation().acceptedPerPosition();
    for (int i = 0; i < accepted.length; i++) {
      samples.add(
          VllmMetric.SPEC_DECODE_NUM_ACCEPTED_TOKENS_PER_POS, accepted[i], Integer.toString(i));
    }
  }

  private static void addLegacy(Samples samples, EngineSnapshot now) {
    long numQueries = now.numPrefixQueryTokens();
    int numSwapBlocks = now.swap().numBlocks();
    samples.add(LegacyMetric.GPU_CACHE_USAGE, now.kvUsage());
    samples.add(
        LegacyMetric.CPU_CACHE_USAGE,
        numSwapBlocks == 0 ? 0 : (double) now.swap().numUsedBlocks() / numSwapBlocks);
    samples.add(LegacyMetric.NUM_REQUESTS_SWAPPED, now.swap().numRequests());
    samples.add(
        LegacyMetric.GPU_PREFIX_CACHE_HIT_RATE,
        numQueries == 0 ? 0 : (double) now.numCachedTokens() / numQueries);
    samples.add(LegacyMetric.GPU_PREFIX_CACHE_QUERIES, numQueries);
    samples.add(LegacyMetric.GPU_PREFIX_CACHE_HITS, now.numCachedTokens());
    samples.add(LegacyMetric.NUM_PREEMPTION, now.numPreemptions());
    samples.add(LegacyMetric.TOKENS, now.numPromptTokens() + now.numOutputTokens());
  }
}
