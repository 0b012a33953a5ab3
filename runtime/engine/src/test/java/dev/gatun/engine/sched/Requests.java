package dev.gatun.engine.sched;

import dev.gatun.engine.api.GenerateRequest;
import dev.gatun.engine.api.SamplingParams;
import dev.gatun.engine.kv.BlockHashes;

/** Requests that are in no engine yet. */
final class Requests {
  private Requests() {}

  static RequestState of(String id, long arrivalNanos, int priority) {
    return of(id, arrivalNanos, priority, SamplingParams.builder().maxTokens(10).build());
  }

  static RequestState of(String id, long arrivalNanos, int priority, SamplingParams sampling) {
    GenerateRequest request =
        new GenerateRequest(
            id, new int[] {1, 2}, sampling, GenerateRequest.NO_DEADLINE, "", priority);
    return new RequestState(request, BlockHashes.none(), 0, arrivalNanos, new RecordingSink());
  }
}
