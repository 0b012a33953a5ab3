package dev.gatun.tensor.reference;

import dev.gatun.tensor.AttentionBatch;
import dev.gatun.tensor.AttentionCheck;
import dev.gatun.tensor.AttentionParams;
import dev.gatun.tensor.KvLayer;
import dev.gatun.tensor.Tensor;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Causal attention through block tables. The unit of work is one KV head of one sequence: its keys
 * and values are widened to scratch once and serve all query tokens and all query heads that share
 * them. Per query token and head, keys are always visited from the first attended position to the
 * token's own, so neither chunks nor block tables nor the rest of the batch change a bit. Issued by
 * one thread, units split over workers.
 */
final class ReferenceAttention {
  private final Workers workers;
  private final Scratch[] scratches;
  private final FloatScratch sinkScratch = new FloatScratch();

  ReferenceAttention(Workers workers) {
    this.workers = workers;
    scratches =
        IntStream.range(0, workers.size()).mapToObj(_ -> new Scratch()).toArray(Scratch[]::new);
  }

  void pagedAttention(
      Tensor out, Tensor q, KvLayer cache, AttentionBatch batch, AttentionParams params) {
    AttentionCheck.check(out, q, cache, batch, params);
    Call call = new Call(out, q, cache, batch, params, readSinks(params));
    long work = 0;
    for (int s = 0; s < batch.numSequences(); s++) {
      work += work(call, s);
    }
    int units = batch.numSequences() * cache.numKvHeads();
    long workPerUnit = work / Math.max(1, units);
    int grain = Workers.grain(workPerUnit);
    workers.forRange(
        units,
        grain,
        (worker, from, to) -> {
          for (int unit = from; unit < to; unit++) {
            int sequence = unit / cache.numKvHeads();
            attend(call, sequence, unit % cache.numKvHeads(), scratches[worker]);
          }
        });
  }

  private float @Nullable [] readSinks(AttentionParams params) {
    Tensor sinks = params.sinks();
    return sinks == null ? null : sinkScratch.copyOf(sinks);
  }

  /** Multiply-adds of one sequence, about. */
  private static long work(Call call, int sequence) {
    int queryLen = call.queryEnd(sequence) - call.queryBegin(sequence);
    int contextLen = call.batch.contextLens().getInt(sequence);
    int numKeys = queryLen == 0 ? 0 : contextLen - call.firstKey(contextLen - queryLen);
    return 2L * queryLen * numKeys * call.params.numHeads() * call.cache.headDim();
  }

  private static void attend(Call call, int sequence, int kvHead, Scratch scratch) {
    int begin = call.queryBegin(sequence);
    int end = call.queryEnd(sequence);
    if (begin == end) {
      return;
    }
    int contextLen = call.batch.contextLens().getInt(sequence);
    int firstPosition = contextLen - (end - begin);
    int firstKey = call.firstKey(firstPosition);
    scratch.load(call, sequence, kvHead, firstKey, contextLen);

    for (int t = begin; t < end; t++) {
      int position = firstPosition + (t - begin);
      int skipped = call.firstKey(position) - firstKey;
      int numKeys = position + 1 - call.firstKey(position);
      for (int i = 0; i < call.groupSize(); i++) {
        int head = kvHead * call.groupSize() + i;
        attendOne(call, t, head, skipped, numKeys, scratch);
      }
    }
  }

  /** softmax(scale q k^T) v for one query token and head over {@code numKeys} loaded keys. */
  private static void attendOne(
      Call call, int token, int head, int skipped, int numKeys, Scratch scratch) {
    int headDim = call.cache.headDim();
    float[] query = scratch.query.atLeast(headDim);
    float[] weights = scratch.weights.atLeast(numKeys);
    call.q.readFloats(token, (long) head * headDim, query, 0, headDim);

    float softCap = call.params.softCap();
    float max = call.sinks == null ? Float.NEGATIVE_INFINITY : call.sinks[head];
    for (int j = 0; j < numKeys; j++) {
      float score = Reduce.dot(query, 0, scratch.keys, (skipped + j) * headDim, headDim);
      score *= call.params.scale();
      if (softCap > 0) {
        score = (float) (softCap * Math.tanh(score / softCap));
      }
      weights[j] = score;
      max = Math.max(max, score);
    }

    // In double: thousands of small weights may join one large one.
    double sum = call.sinks == null ? 0 : Math.exp(call.sinks[head] - max);
    for (int j = 0; j < numKeys; j++) {
      weights[j] = (float) Math.exp(weights[j] - max);
      sum += weights[j];
    }

    float[] result = scratch.result.atLeast(headDim);
    Arrays.fill(result, 0, headDim, 0f);
    for (int j = 0; j < numKeys; j++) {
      addScaled(result, scratch.values, (skipped + j) * headDim, weights[j], headDim);
    }
    float inverse = (float) (1 / sum);
    for (int i = 0; i < headDim; i++) {
      result[i] *= inverse;
    }
    call.out.writeFloats(token, (long) head * headDim, result, 0, headDim);
  }

  private static void addScaled(float[] sum, float[] values, int from, float weight, int length) {
    for (int i = 0; i < length; i++) {
      sum[i] += weight * values[from + i];
    }
  }

  /** The arguments of one call. */
  private record Call(
      Tensor out,
      Tensor q,
      KvLayer cache,
      AttentionBatch batch,
      AttentionParams params,
      float @Nullable [] sinks) {

    int groupSize() {
      return params.numHeads() / cache.numKvHeads();
    }

    int queryBegin(int sequence) {
      return batch.queryStart().getInt(sequence);
    }

    int queryEnd(int sequence) {
      return batch.queryStart().getInt(sequence + 1L);
    }

    /** The first position that the token at {@code position} attends to. */
    int firstKey(int position) {
      return params.window() == 0 ? 0 : Math.max(0, position + 1 - params.window());
    }

    int block(int sequence, int index) {
      long row = (long) sequence * batch.limits().maxBlocksPerSequence();
      return batch.blockTables().getInt(row + index);
    }
  }

  /** What one worker needs; keys and values are {@code [loaded positions, headDim]}. */
  private static final class Scratch {
    private final FloatScratch keyScratch = new FloatScratch();
    private final FloatScratch valueScratch = new FloatScratch();
    private final FloatScratch query = new FloatScratch();
    private final FloatScratch weights = new FloatScratch();
    private final FloatScratch result = new FloatScratch();
    private float[] keys = new float[0];
    private float[] values = new float[0];

    /** Widens keys and values of positions {@code [from, to)} of one KV head. */
    void load(Call call, int sequence, int kvHead, int from, int to) {
      KvLayer cache = call.cache;
      int headDim = cache.headDim();
      int length = Math.multiplyExact(to - from, headDim);
      keys = keyScratch.atLeast(length);
      values = valueScratch.atLeast(length);
      for (int position = from; position < to; position++) {
        int block = call.block(sequence, position / cache.blockSize());
        int offset = position % cache.blockSize();
        long column = ((long) offset * cache.numKvHeads() + kvHead) * cache.headWidth();
        int at = (position - from) * headDim;
        ReferenceKvHeads.read(cache.keys(), block, column, keys, at, headDim);
        ReferenceKvHeads.read(cache.values(), block, column, values, at, headDim);
      }
    }
  }
}
