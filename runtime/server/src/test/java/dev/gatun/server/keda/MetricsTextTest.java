package dev.gatun.server.keda;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class MetricsTextTest {

  @Test
  void whatOurServerWritesIsRead() throws InterruptedException {
    PodSample sample = MetricsText.parse(PodText.of(3, 5, 0.25));

    assertThat(sample.value(Signal.RUNNING)).hasValue(3);
    assertThat(sample.value(Signal.WAITING)).hasValue(5);
    assertThat(sample.value(Signal.KV_USAGE)).hasValue(0.25);
    assertThat(sample.hasRequests()).isTrue();
  }

  @Test
  void countsOfSeveralModelsAreAddedAndOfSharesTheLargestCounts() {
    String text =
        """
        # HELP vllm:num_requests_waiting Requests not running yet.
        # TYPE vllm:num_requests_waiting gauge
        vllm:num_requests_waiting{model_name="a b}"} 2.0 1700000000000
        vllm:num_requests_waiting{model_name="c"} 3
        vllm:num_requests_waiting_by_reason{reason="capacity"} 100
        vllm:kv_cache_usage_perc{model_name="a"} 0.5
        vllm:kv_cache_usage_perc{model_name="c"} 0.75
        vllm:num_requests_running 1e0
        gatun:oldest_waiting_seconds NaN
        gatun:predicted_queue_delay_seconds +Inf
        garbage
        """;

    assertThat(MetricsText.parse(text).values())
        .isEqualTo(Map.of(Signal.WAITING, 5.0, Signal.KV_USAGE, 0.75, Signal.RUNNING, 1.0));
  }
}
