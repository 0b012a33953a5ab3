package dev.gatun.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.engine.api.EngineObserver.StepStats;
import dev.gatun.engine.api.EngineSnapshot;
import dev.gatun.engine.api.EngineState;
import dev.gatun.engine.api.FinishReason;
import dev.gatun.engine.api.PreemptionStats;
import dev.gatun.engine.api.RefusalReason;
import dev.gatun.engine.api.RequestStats;
import dev.gatun.engine.api.SamplingParams;
import dev.gatun.engine.api.SpeculationStats;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class EngineMetricsTest {
  private static final long SECOND = 1_000_000_000L;

  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final EngineMetrics metrics = new EngineMetrics(registry, "m", 1024);

  private String scrape() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrometheusTextFormatWriter.create().write(out, registry.scrape());
    return out.toString(StandardCharsets.UTF_8);
  }

  @Test
  void everyCounterAndHistogramIsThereWithZeroFromTheStart() throws IOException {
    String text = scrape();

    assertThat(text)
        .contains("vllm:num_preemptions_total{engine=\"0\",model_name=\"m\"} 0.0\n")
        .contains("vllm:prompt_tokens_total{engine=\"0\",model_name=\"m\"} 0.0\n")
        .contains("vllm:generation_tokens_total{engine=\"0\",model_name=\"m\"} 0.0\n")
        .contains("# TYPE vllm:iteration_tokens_total histogram\n")
        .contains("vllm:time_to_first_token_seconds_count{engine=\"0\",model_name=\"m\"} 0\n");
    for (String reason : new String[] {"stop", "length", "abort", "error"}) {
      assertThat(text)
          .contains(
              "vllm:request_success_total{engine=\"0\",finished_reason=\""
                  + reason
                  + "\",model_name=\"m\"} 0.0\n");
    }
  }

  @Test
  void gaugesComeFromTheSnapshotOfTheMoment() throws IOException {
    EngineGauges.register(
        registry,
        "m",
        () ->
            new EngineSnapshot(
                EngineState.READY,
                3,
                5,
                6,
                8,
                0.25,
                0,
                new PreemptionStats(1, 2, 30, 40, 35),
                0,
                0,
                70,
                48,
                SpeculationStats.NONE,
                0));

    assertThat(scrape())
        .contains("vllm:num_requests_running{engine=\"0\",model_name=\"m\"} 3.0\n")
        .contains("vllm:num_requests_waiting{engine=\"0\",model_name=\"m\"} 5.0\n")
        .contains("vllm:kv_cache_usage_perc{engine=\"0\",model_name=\"m\"} 0.25\n")
        .contains("gatun:preemptions_recomputed_total{engine=\"0\",model_name=\"m\"} 1.0\n")
        .contains("gatun:preemptions_swapped_total{engine=\"0\",model_name=\"m\"} 2.0\n")
        .contains("gatun:tokens_recomputed_total{engine=\"0\",model_name=\"m\"} 30.0\n")
        .contains("gatun:tokens_swapped_out_total{engine=\"0\",model_name=\"m\"} 40.0\n")
        .contains("gatun:tokens_swapped_in_total{engine=\"0\",model_name=\"m\"} 35.0\n")
        .contains("vllm:prefix_cache_queries_total{engine=\"0\",model_name=\"m\"} 70.0\n")
        .contains("vllm:prefix_cache_hits_total{engine=\"0\",model_name=\"m\"} 48.0\n")
        .contains("vllm:prompt_tokens_cached_total{engine=\"0\",model_name=\"m\"} 48.0\n");
  }

  @Test
  void speculationIsShownOnlyWhereThereIsSome() throws IOException {
    SpeculationStats stats = new SpeculationStats(10, 30, new long[] {9, 4, 1});
    EngineSnapshot speculating =
        new EngineSnapshot(
            EngineState.READY, 0, 0, 8, 8, 0, 0, PreemptionStats.NONE, 0, 0, 0, 0, stats, 0);
    assertThat(scrape()).doesNotContain("spec_decode");

    EngineGauges.register(registry, "m", () -> speculating);

    assertThat(scrape())
        .contains("vllm:spec_decode_num_drafts_total{engine=\"0\",model_name=\"m\"} 10.0\n")
        .contains("vllm:spec_decode_num_draft_tokens_total{engine=\"0\",model_name=\"m\"} 30.0\n")
        .contains(
            "vllm:spec_decode_num_accepted_tokens_total{engine=\"0\",model_name=\"m\"} 14.0\n")
        .contains(
            "vllm:spec_decode_num_accepted_tokens_per_pos_total"
                + "{engine=\"0\",model_name=\"m\",position=\"2\"} 1.0\n");
  }

  @Test
  void aFinishedRequestIsObservedOnceInEachFamily() throws IOException {
    RequestStats stats =
        new RequestStats(
            10, 5, 0, PreemptionStats.NONE, SECOND, 2 * SECOND, 4 * SECOND, 8 * SECOND);

    metrics.onStep(
        new StepStats(2, 10, 1, 10, 1, new PreemptionStats(1, 0, 0, 0, 0), 2, 0, 0.5, SECOND));
    metrics.onFirstToken(3 * SECOND);
    metrics.onNextTokens(SECOND / 2);
    metrics.onFinished(FinishReason.LENGTH, SamplingParams.builder().maxTokens(5).build(), stats);

    assertThat(scrape())
        .contains("vllm:request_queue_time_seconds_sum{engine=\"0\",model_name=\"m\"} 1.0\n")
        .contains("vllm:request_prefill_time_seconds_sum{engine=\"0\",model_name=\"m\"} 2.0\n")
        .contains("vllm:request_decode_time_seconds_sum{engine=\"0\",model_name=\"m\"} 4.0\n")
        .contains("vllm:request_inference_time_seconds_sum{engine=\"0\",model_name=\"m\"} 6.0\n")
        .contains("vllm:time_to_first_token_seconds_sum{engine=\"0\",model_name=\"m\"} 3.0\n")
        .contains("vllm:inter_token_latency_seconds_sum{engine=\"0\",model_name=\"m\"} 0.5\n")
        .contains(
            "vllm:request_prefill_kv_computed_tokens_sum{engine=\"0\",model_name=\"m\"} 10.0\n")
        .contains("vllm:e2e_request_latency_seconds_sum{engine=\"0\",model_name=\"m\"} 7.0\n")
        .contains(
            "vllm:request_time_per_output_token_seconds_sum{engine=\"0\",model_name=\"m\"} 1.0\n")
        .contains("vllm:prompt_tokens_total{engine=\"0\",model_name=\"m\"} 10.0\n")
        .contains("vllm:generation_tokens_total{engine=\"0\",model_name=\"m\"} 1.0\n")
        .contains("vllm:num_preemptions_total{engine=\"0\",model_name=\"m\"} 1.0\n")
        .contains("vllm:iteration_tokens_total_sum{engine=\"0\",model_name=\"m\"} 11.0\n")
        .contains(
            "vllm:request_success_total{engine=\"0\",finished_reason=\"length\",model_name=\"m\"}"
                + " 1.0\n")
        .contains(
            "vllm:request_prompt_tokens_bucket{engine=\"0\",model_name=\"m\",le=\"10.0\"} 1\n")
        .contains(
            "vllm:request_prompt_tokens_bucket{engine=\"0\",model_name=\"m\",le=\"1000.0\"} 1");
  }

  @Test
  void refusalsAreCountedByReasonWithoutEngine() throws IOException {
    metrics.onRefused(RefusalReason.QUEUED_TOKENS);

    assertThat(scrape())
        .contains(
            "vllm:admission_rejections_total{model_name=\"m\",reason=\"max_num_queued_tokens\"}"
                + " 1.0\n")
        .contains(
            "vllm:admission_rejections_total{model_name=\"m\",reason=\"max_num_queued_reqs\"}"
                + " 0.0\n");
  }

  @Test
  void aRequestThatNeverRanLeavesNoTimes() throws IOException {
    RequestStats stats = new RequestStats(10, 0, 0, PreemptionStats.NONE, SECOND, 0, 0, 0);

    metrics.onFinished(FinishReason.ABORT, SamplingParams.builder().build(), stats);

    assertThat(scrape())
        .contains("vllm:request_queue_time_seconds_count{engine=\"0\",model_name=\"m\"} 0\n")
        .contains("vllm:e2e_request_latency_seconds_count{engine=\"0\",model_name=\"m\"} 0\n")
        .contains("vllm:prompt_tokens_total{engine=\"0\",model_name=\"m\"} 0.0\n");
  }
}
