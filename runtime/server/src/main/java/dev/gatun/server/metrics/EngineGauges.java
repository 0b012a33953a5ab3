package dev.gatun.server.metrics;

import dev.gatun.engine.api.EngineSnapshot;
import dev.gatun.engine.api.PreemptionStats;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/** Gauges and totals of one engine, computed when they are scraped. */
final class EngineGauges {
  private EngineGauges() {}

  /**
   * Registers them.
   *
   * @param modelName first served name
   * @param engine cheap and callable from any thread
   */
  static void register(
      PrometheusRegistry registry, String modelName, Supplier<EngineSnapshot> engine) {
    add(registry, modelName, engine, MetricNames.NUM_REQUESTS_RUNNING, EngineSnapshot::numRunning);
    add(registry, modelName, engine, MetricNames.NUM_REQUESTS_WAITING, EngineSnapshot::numWaiting);
    add(registry, modelName, engine, MetricNames.KV_CACHE_USAGE, EngineSnapshot::kvUsage);
    addTotal(
        registry,
        modelName,
        engine,
        MetricNames.PREFIX_CACHE_QUERIES,
        EngineSnapshot::numPrefixQueryTokens);
    addTotal(
        registry,
        modelName,
        engine,
        MetricNames.PREFIX_CACHE_HITS,
        EngineSnapshot::numCachedTokens);
    addTotal(
        registry,
        modelName,
        engine,
        MetricNames.PROMPT_TOKENS_CACHED,
        EngineSnapshot::numCachedTokens);
    registerPreemptions(registry, modelName, engine);
    if (engine.get().speculation().acceptedPerPosition().length > 0) {
      registerSpeculation(registry, modelName, engine);
    }
  }

  private static void registerPreemptions(
      PrometheusRegistry registry, String modelName, Supplier<EngineSnapshot> engine) {
    Map<MetricNames, ToDoubleFunction<PreemptionStats>> totals =
        Map.of(
            MetricNames.PREEMPTIONS_RECOMPUTED, PreemptionStats::numRecomputed,
            MetricNames.PREEMPTIONS_SWAPPED, PreemptionStats::numSwapped,
            MetricNames.TOKENS_RECOMPUTED, PreemptionStats::numTokensRecomputed,
            MetricNames.TOKENS_SWAPPED_OUT, PreemptionStats::numTokensSwappedOut,
            MetricNames.TOKENS_SWAPPED_IN, PreemptionStats::numTokensSwappedIn);
    totals.forEach(
        (metric, value) ->
            addTotal(
                registry,
                modelName,
                engine,
                metric,
                snapshot -> value.applyAsDouble(snapshot.preemptions())));
  }

  /** These exist only where there is speculation, as vLLM has it. */
  private static void registerSpeculation(
      PrometheusRegistry registry, String modelName, Supplier<EngineSnapshot> engine) {
    addTotal(
        registry,
        modelName,
        engine,
        MetricNames.SPEC_DECODE_NUM_DRAFTS,
        snapshot -> snapshot.speculation().numDrafts());
    addTotal(
        registry,
        modelName,
        engine,
        MetricNames.SPEC_DECODE_NUM_DRAFT_TOKENS,
        snapshot -> snapshot.speculation().numDraftTokens());
    addTotal(
        registry,
        modelName,
        engine,
        MetricNames.SPEC_DECODE_NUM_ACCEPTED_TOKENS,
        snapshot -> snapshot.speculation().numAcceptedTokens());
    MetricNames perPosition = MetricNames.SPEC_DECODE_NUM_ACCEPTED_TOKENS_PER_POS;
    CounterWithCallback.builder()
        .name(perPosition.wireName())
        .help(perPosition.help())
        .labelNames(perPosition.labels())
        .callback(
            sample -> {
              long[] accepted = engine.get().speculation().acceptedPerPosition();
              for (int position = 0; position < accepted.length; position++) {
                String label = Integer.toString(position);
                sample.call(
                    (double) accepted[position], modelName, MetricNames.ENGINE_INDEX, label);
              }
            })
        .register(registry);
  }

  private static void addTotal(
      PrometheusRegistry registry,
      String modelName,
      Supplier<EngineSnapshot> engine,
      MetricNames metric,
      ToDoubleFunction<EngineSnapshot> value) {
    CounterWithCallback.builder()
        .name(metric.wireName())
        .help(metric.help())
        .labelNames(metric.labels())
        .callback(
            sample ->
                sample.call(value.applyAsDouble(engine.get()), modelName, MetricNames.ENGINE_INDEX))
        .register(registry);
  }

  private static void add(
      PrometheusRegistry registry,
      String modelName,
      Supplier<EngineSnapshot> engine,
      MetricNames metric,
      ToDoubleFunction<EngineSnapshot> value) {
    GaugeWithCallback.builder()
        .name(metric.wireName())
        .help(metric.help())
        .labelNames(metric.labels())
        .callback(
            sample ->
                sample.call(value.applyAsDouble(engine.get()), modelName, MetricNames.ENGINE_INDEX))
        .register(registry);
  }
}
