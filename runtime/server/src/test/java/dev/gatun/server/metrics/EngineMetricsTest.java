package dev.gatun.server.metrics;

import static dev.gatun.server.metrics.MetricsFixture.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.engine.api.EngineObserver;
import dev.gatun.engine.api.EngineObserver.StepStats;
import dev.gatun.engine.api.EngineSnapshot;
import dev.gatun.engine.api.EngineState;
import dev.gatun.engine.api.FinishReason;
import dev.gatun.engine.api.GenerateRequest;
import dev.gatun.engine.api.PreemptionStats;
import dev.gatun.engine.api.RefusalReason;
import dev.gatun.engine.api.RequestOrigin;
import dev.gatun.engine.api.RequestStats;
import dev.gatun.engine.api.SampleGroup;
import dev.gatun.engine.api.SamplingParams;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class EngineMetricsTest {

  private final MetricsFixture fixture = new MetricsFixture();
  private final EngineObserver observer = fixture.plan(1024);

  private static GenerateRequest request(RequestOrigin origin) {
    return new GenerateRequest(
        "r",
        new int[10],
        SamplingParams.builder().maxTokens(5).build(),
        GenerateRequest.NO_DEADLINE,
        "",
        0,
        origin);
  }

  private static RequestStats stats(int numOutputTokens) {
    return new RequestStats(
        10,
        numOutputTokens,
        0,
        PreemptionStats.NONE,
        SECOND / 2,
        SECOND,
        2 * SECOND,
        4 * SECOND,
        8 * SECOND);
  }

  @Test
  void stateAndTotalsComeFromTheSnapshotOfTheMoment() {
    fixture.watch(MetricsFixture.BUSY);

    Exposition now = fixture.scrape();
    assertThat(now.value("vllm:num_requests_running")).isEqualTo(3);
    assertThat(now.value("vllm:num_requests_waiting")).isEqualTo(5);
    assertThat(now.value("vllm:num_requests_waiting_by_reason", "reason", "capacity")).isEqualTo(3);
    assertThat(now.value("vllm:num_requests_waiting_by_reason", "reason", "deferred")).isEqualTo(2);
    assertThat(now.value("vllm:kv_cache_usage_perc")).isEqualTo(0.25);
    assertThat(now.value("vllm:prompt_tokens_total")).isEqualTo(100);
    assertThat(now.value("vllm:prompt_tokens_by_source_total", "source", "local_compute"))
        .isEqualTo(52);
    assertThat(now.value("vllm:prompt_tokens_by_source_total", "source", "local_cache_hit"))
        .isEqualTo(48);
    assertThat(now.value("vllm:prompt_tokens_cached_total")).isEqualTo(48);
    assertThat(now.value("vllm:generation_tokens_total")).isEqualTo(90);
    assertThat(now.value("vllm:prefix_cache_queries_total")).isEqualTo(70);
    assertThat(now.value("vllm:prefix_cache_hits_total")).isEqualTo(64);
    assertThat(now.value("vllm:num_preemptions_total")).isEqualTo(3);
    assertThat(now.value("gatun:tokens_swapped_in_total")).isEqualTo(35);
    assertThat(now.value("gatun:kv_blocks_used", "tier", "device")).isEqualTo(2);
    assertThat(now.value("gatun:kv_blocks_used", "tier", "swap")).isEqualTo(1);
    assertThat(now.value("gatun:engine_steps_total")).isEqualTo(77);
  }

  @Test
  void agesAreCountedFromTheScrape() {
    fixture.watch(MetricsFixture.BUSY);

    Exposition now = fixture.scrape();
    fixture.clock.addAndGet(3 * SECOND);
    Exposition later = fixture.scrape();

    assertThat(now.value("gatun:oldest_waiting_seconds")).isEqualTo(12);
    assertThat(later.value("gatun:oldest_waiting_seconds")).isEqualTo(15);
    assertThat(now.value("gatun:engine_heartbeat_age_seconds")).isEqualTo(1);
    assertThat(later.value("gatun:engine_heartbeat_age_seconds")).isEqualTo(4);
    assertThat(now.value("gatun:predicted_queue_delay_seconds")).isEqualTo(4);
    assertThat(now.value("gatun:queued_prompt_tokens")).isEqualTo(600);
  }

  @Test
  void retiredNamesHaveTheValuesOfTheirSuccessors() {
    fixture.watch(MetricsFixture.BUSY);
    observer.onNextTokens(SECOND / 4);

    Exposition now = fixture.scrape();
    assertThat(now.value("vllm:gpu_cache_usage_perc")).isEqualTo(0.25);
    assertThat(now.value("vllm:cpu_cache_usage_perc")).isEqualTo(0.25);
    assertThat(now.value("vllm:num_requests_swapped")).isEqualTo(2);
    assertThat(now.value("vllm:gpu_prefix_cache_hits_total")).isEqualTo(64);
    assertThat(now.value("vllm:tokens_total")).isEqualTo(190);
    assertThat(now.value("vllm:time_per_output_token_seconds_sum")).isEqualTo(0.25);
    assertThat(now.value("vllm:time_per_output_token_seconds_bucket", "le", "0.3")).isEqualTo(1);
  }

  @Test
  void aScrapeReadsTheEngineOnce() {
    AtomicInteger numReads = new AtomicInteger();
    fixture.metrics.watch(
        () -> {
          numReads.incrementAndGet();
          return MetricsFixture.BUSY;
        },
        "1",
        "cpu",
        List::of);

    fixture.scrape();

    assertThat(numReads).hasValue(1);
  }

  @Test
  void speculationIsShownOnlyWhereThereIsSome() throws InterruptedException {
    fixture.watch(MetricsFixture.BUSY);
    assertThat(fixture.scrape().families()).doesNotContainKey("vllm:spec_decode_num_drafts_total");

    Exposition now = MetricsFixture.complete().scrape();
    assertThat(now.value("vllm:spec_decode_num_accepted_tokens_total")).isEqualTo(14);
    assertThat(now.value("vllm:spec_decode_num_accepted_tokens_per_pos_total", "position", "2"))
        .isEqualTo(1);
  }

  @Test
  void anEngineThatHasFailedIsNotHealthy() {
    fixture.watch(EngineSnapshot.idle(EngineState.FAILED, 8, 0));

    assertThat(fixture.scrape().value("vllm:engine_healthy", "engine", "0")).isZero();
  }

  @Test
  void aFinishedRequestIsObservedOnceInEachFamily() {
    observer.onStep(
        new StepStats(2, 10, 1, 10, 1, new PreemptionStats(1, 0, 0, 0, 0), 2, 0, 0.5, SECOND));
    observer.onFirstToken(request(RequestOrigin.alone()), 3 * SECOND);
    observer.onNextTokens(SECOND / 2);
    observer.onFinished(FinishReason.LENGTH, request(RequestOrigin.alone()), stats(5));

    Exposition now = fixture.scrape();
    assertThat(now.value("vllm:request_queue_time_seconds_sum")).isEqualTo(1);
    assertThat(now.value("vllm:request_prefill_time_seconds_sum")).isEqualTo(2);
    assertThat(now.value("vllm:request_decode_time_seconds_sum")).isEqualTo(4);
    assertThat(now.value("vllm:request_inference_time_seconds_sum")).isEqualTo(6);
    assertThat(now.value("vllm:time_to_first_token_seconds_sum")).isEqualTo(3);
    assertThat(now.value("vllm:inter_token_latency_seconds_sum")).isEqualTo(0.5);
    assertThat(now.value("vllm:request_prefill_kv_computed_tokens_sum")).isEqualTo(10);
    assertThat(now.value("vllm:e2e_request_latency_seconds_sum")).isEqualTo(7.5);
    assertThat(now.value("vllm:request_time_per_output_token_seconds_sum")).isEqualTo(1);
    assertThat(now.value("vllm:iteration_tokens_total_sum")).isEqualTo(11);
    assertThat(now.value("gatun:step_duration_seconds_sum")).isEqualTo(1);
    assertThat(now.value("vllm:request_success_total", "finished_reason", "length")).isEqualTo(1);
    assertThat(now.value("vllm:request_success_total", "finished_reason", "stop")).isZero();
    assertThat(now.value("vllm:request_prompt_tokens_bucket", "le", "10.0")).isEqualTo(1);
    assertThat(now.value("vllm:request_params_max_tokens_sum")).isEqualTo(5);
    assertThat(now.value("vllm:request_params_n_sum")).isEqualTo(1);
    assertThat(now.value("vllm:request_max_num_generation_tokens_sum")).isEqualTo(5);
  }

  @Test
  void theSamplesOfAPromptAreCountedTogetherWhenTheLastHasFinished() {
    RequestOrigin three = new RequestOrigin(RequestOrigin.ON_SUBMIT, new SampleGroup(3), "", "");

    observer.onFinished(FinishReason.STOP, request(three), stats(4));
    observer.onFinished(FinishReason.STOP, request(three), stats(5));
    assertThat(fixture.scrape().value("vllm:request_params_n_count")).isZero();
    observer.onFinished(FinishReason.STOP, request(three), stats(3));

    Exposition now = fixture.scrape();
    assertThat(now.value("vllm:request_params_n_sum")).isEqualTo(3);
    assertThat(now.value("vllm:request_params_n_count")).isEqualTo(1);
    assertThat(now.value("vllm:request_max_num_generation_tokens_sum")).isEqualTo(5);
  }

  @Test
  void tracedRequestsAreExemplarsWhereOpenMetricsIsAskedFor() {
    String trace = "0af7651916cd43dd8448eb211c80319c";
    RequestOrigin traced =
        new RequestOrigin(RequestOrigin.ON_SUBMIT, new SampleGroup(1), trace, "b7ad6b7169203331");

    observer.onFirstToken(request(traced), 3 * SECOND);

    assertThat(fixture.text("application/openmetrics-text; version=1.0.0"))
        .containsPattern(
            "vllm:time_to_first_token_seconds_bucket\\{.*le=\"5.0\"} 1"
                + " # \\{span_id=\"b7ad6b7169203331\",trace_id=\""
                + trace
                + "\"} 3.0")
        .contains("# TYPE vllm:prompt_tokens counter\n")
        .endsWith("# EOF\n");
    assertThat(fixture.text("text/plain")).doesNotContain(trace);
  }

  @Test
  void refusalsAreCountedByReasonWithoutEngine() {
    observer.onRefused(RefusalReason.QUEUED_TOKENS);

    Exposition now = fixture.scrape();
    assertThat(now.value("vllm:admission_rejections_total", "reason", "max_num_queued_tokens"))
        .isEqualTo(1);
    assertThat(now.value("vllm:admission_rejections_total", "reason", "max_num_queued_reqs"))
        .isZero();
  }

  @Test
  void aRequestThatNeverRanLeavesNoTimes() {
    RequestStats stats = new RequestStats(10, 0, 0, PreemptionStats.NONE, SECOND, SECOND, 0, 0, 0);

    observer.onFinished(FinishReason.ABORT, request(RequestOrigin.alone()), stats);

    Exposition now = fixture.scrape();
    assertThat(now.value("vllm:request_queue_time_seconds_count")).isZero();
    assertThat(now.value("vllm:e2e_request_latency_seconds_count")).isZero();
    assertThat(now.value("vllm:request_prompt_tokens_count")).isEqualTo(1);
  }
}
