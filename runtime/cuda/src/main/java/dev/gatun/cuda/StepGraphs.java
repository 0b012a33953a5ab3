package dev.gatun.cuda;

import dev.gatun.tensor.BatchLimits;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decode steps recorded as CUDA graphs, so that one call launches what would be hundreds. A size of
 * batch is computed op by op the first time it occurs, recorded the second time and repeated from
 * then on: the server is ready before there is any graph, and sizes that never occur cost nothing.
 * Few sizes occur, because batches are filled up to {@link #bucket}. Engine thread.
 */
final class StepGraphs implements AutoCloseable {
  /** More than buckets times lengths of contexts that one deployment sees. */
  private static final int MAX_GRAPHS = 256;

  private final CudaDevice device;
  private final Batches batches;
  private final KvSwaps swaps;
  private final List<StepGraph> graphs = new ArrayList<>();
  private int numCaptured;
  private long numReplays;

  StepGraphs(CudaDevice device, Batches batches, KvSwaps swaps) {
    this.device = device;
    this.batches = batches;
    this.swaps = swaps;
  }

  /** One size of batch; {@code exec} is 0 until it has been recorded. */
  private static final class StepGraph {
    final BatchLimits limits;
    final int numTokens;
    final int maxPartitions;
    long exec;
    List<BatchCheck> checks = List.of();

    StepGraph(BatchLimits limits, int numTokens, int maxPartitions) {
      this.limits = limits;
      this.numTokens = numTokens;
      this.maxPartitions = maxPartitions;
    }
  }

  /** Size to which a batch of decodes is filled up. */
  static int bucket(int numTokens) {
    if (numTokens <= 8) {
      return numTokens <= 2 ? numTokens : Integer.highestOneBit(numTokens - 1) << 1;
    }
    int step = numTokens <= 256 ? 8 : 32;
    return Math.ceilDiv(numTokens, step) * step;
  }

  /** Runs a step over a batch of decodes. */
  void run(DeviceBatch batch, Runnable ops) {
    int maxPartitions = Partitions.bucket(batch.maxContextLen());
    StepGraph graph = find(batch.batch().limits(), batch.batch().numTokens(), maxPartitions);
    if (graph == null) {
      if (graphs.size() < MAX_GRAPHS) {
        graphs.add(new StepGraph(batch.batch().limits(), batch.batch().numTokens(), maxPartitions));
      }
      ops.run();
      return;
    }
    if (graph.exec == 0) {
      capture(graph, ops);
    }
    for (int i = 0; i < graph.checks.size(); i++) {
      graph.checks.get(i).check(batch);
    }
    swaps.join();
    device.driver().launchGraph(graph.exec, device.stream());
    numReplays++;
  }

  private @Nullable StepGraph find(BatchLimits limits, int numTokens, int maxPartitions) {
    for (int i = 0; i < graphs.size(); i++) {
      StepGraph graph = graphs.get(i);
      if (graph.numTokens == numTokens
          && graph.maxPartitions == maxPartitions
          && graph.limits.equals(limits)) {
        return graph;
      }
    }
    return null;
  }

  /** Nothing runs while a stream is captured, so the recorded step is launched afterwards. */
  private void capture(StepGraph graph, Runnable ops) {
    CudaDriver driver = device.driver();
    swaps.join();
    driver.call(CudaDriver.cuStreamBeginCapture, device.stream(), CudaDriver.CAPTURE_THREAD_LOCAL);
    batches.startRecording();
    long captured;
    try {
      ops.run();
    } finally {
      graph.checks = batches.stopRecording();
      captured = driver.endCapture(device.stream());
    }
    graph.exec = driver.getLong(CudaDriver.cuGraphInstantiate, captured, 0L);
    driver.call(CudaDriver.cuGraphDestroy, captured);
    numCaptured++;
  }

  int numCaptured() {
    return numCaptured;
  }

  long numReplays() {
    return numReplays;
  }

  @Override
  public void close() {
    for (StepGraph graph : graphs) {
      if (graph.exec != 0) {
        device.driver().call(CudaDriver.cuGraphExecDestroy, graph.exec);
      }
    }
    graphs.clear();
  }
}
