package dev.gatun.server.oip.model;

import dev.gatun.engine.api.ErrorCode;
import dev.gatun.proto.inference.InferResponseStatistics;
import dev.gatun.proto.inference.InferStatistics;
import dev.gatun.proto.inference.ModelStatistics;
import dev.gatun.proto.inference.StatisticDuration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/** Counts and durations of one model since start. Thread-safe. */
public final class ModelStats {
  /** Positions counted apart; an answer may have as many responses as tokens. */
  private static final int MAX_RESPONSES = 32;

  /** A count and a sum, guarded by the lock. */
  private static final class Total {
    private long count;
    private long nanos;

    void add(long duration) {
      count++;
      nanos += Math.max(0, duration);
    }

    StatisticDuration toProto() {
      return StatisticDuration.newBuilder().setCount(count).setNs(nanos).build();
    }
  }

  private static final class Response {
    private final Total computeInfer = new Total();
    private final Total success = new Total();
    private final Total fail = new Total();
    private final Total emptyResponse = new Total();
    private final Total cancel = new Total();
  }

  private final ReentrantLock lock = new ReentrantLock();
  private final Total success = new Total();
  private final Total fail = new Total();
  private final Total queue = new Total();
  private final Total computeInfer = new Total();
  private final List<Response> responses = new ArrayList<>();
  private long lastInferenceMillis;

  /** A request begins. */
  void recordStart() {
    long now = System.currentTimeMillis();
    lock.lock();
    try {
      lastInferenceMillis = now;
    } finally {
      lock.unlock();
    }
  }

  /** A request was answered in full. */
  void recordSuccess(long totalNanos, long queueNanos) {
    lock.lock();
    try {
      success.add(totalNanos);
      queue.add(queueNanos);
      computeInfer.add(totalNanos - queueNanos);
    } finally {
      lock.unlock();
    }
  }

  /** A request failed or was given up. */
  void recordFailure(long totalNanos) {
    lock.lock();
    try {
      fail.add(totalNanos);
    } finally {
      lock.unlock();
    }
  }

  /**
   * A decoupled model produced a response.
   *
   * @param position its place among the responses of the request, from 0
   * @param nanos since the previous one, or since the request began
   */
  void recordResponse(int position, long nanos, boolean isEmpty) {
    lock.lock();
    try {
      if (position < MAX_RESPONSES) {
        Response response = response(position);
        (isEmpty ? response.emptyResponse : response.success).add(nanos);
        response.computeInfer.add(nanos);
      }
    } finally {
      lock.unlock();
    }
  }

  /** A decoupled model failed instead of producing this response. */
  void recordResponseFailure(int position, long nanos, ErrorCode code) {
    lock.lock();
    try {
      if (position < MAX_RESPONSES) {
        Response response = response(position);
        (code == ErrorCode.CANCELLED ? response.cancel : response.fail).add(nanos);
      }
    } finally {
      lock.unlock();
    }
  }

  private Response response(int position) {
    while (responses.size() <= position) {
      responses.add(new Response());
    }
    return responses.get(position);
  }

  /** Each request is an inference and an execution of its own: steps are not told apart here. */
  public ModelStatistics toProto(String name) {
    lock.lock();
    try {
      ModelStatistics.Builder stats =
          ModelStatistics.newBuilder()
              .setName(name)
              .setVersion(ModelRegistry.VERSION)
              .setLastInference(lastInferenceMillis)
              .setInferenceCount(success.count)
              .setExecutionCount(success.count)
              .setInferenceStats(
                  InferStatistics.newBuilder()
                      .setSuccess(success.toProto())
                      .setFail(fail.toProto())
                      .setQueue(queue.toProto())
                      .setComputeInput(StatisticDuration.getDefaultInstance())
                      .setComputeInfer(computeInfer.toProto())
                      .setComputeOutput(StatisticDuration.getDefaultInstance())
                      .setCacheHit(StatisticDuration.getDefaultInstance())
                      .setCacheMiss(StatisticDuration.getDefaultInstance()));
      for (int i = 0; i < responses.size(); i++) {
        stats.putResponseStats(Integer.toString(i), toProto(responses.get(i)));
      }
      return stats.build();
    } finally {
      lock.unlock();
    }
  }

  private static InferResponseStatistics toProto(Response response) {
    return InferResponseStatistics.newBuilder()
        .setComputeInfer(response.computeInfer.toProto())
        .setComputeOutput(StatisticDuration.getDefaultInstance())
        .setSuccess(response.success.toProto())
        .setFail(response.fail.toProto())
        .setEmptyResponse(response.emptyResponse.toProto())
        .setCancel(response.cancel.toProto())
        .build();
  }
}
