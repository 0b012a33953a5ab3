package dev.gatun.cuda;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Require;
import dev.gatun.tensor.SampleLimits;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.TokenSampler;
import java.lang.foreign.MemorySegment;

/**
 * Samples on the device: a block per row, few rows per launch, so that scratch memory is for these
 * alone. Issued behind the step, graph or not; the host waits for results, which lie in its own
 * memory then. Ids are checked here, and what a kernel chooses is below the vocabulary by its
 * making.
 */
final class CudaSampler implements TokenSampler {
  /** Sums of the weights of more tokens are not exact. */
  static final int MAX_VOCABULARY = 1 << 18;

  /** As GTN_MAX_TOP: what the kernel that scores has room for. */
  static final int MAX_TOP = 128;

  /** Rows of a launch. */
  private static final int LAUNCH_ROWS = 64;

  private static final int BLOCK = 1024;
  private static final double UNIT = 0x1p-35;
  private static final long MASS = KernelStruct.SAMPLE_RESULT.offset("mass");
  private static final long TOKEN = KernelStruct.SAMPLE_RESULT.offset("token");
  private static final long RANK = KernelStruct.SAMPLE_RESULT.offset("rank");
  private static final long LOGIT = KernelStruct.SAMPLE_RESULT.offset("logit");
  private static final long LARGEST = KernelStruct.SAMPLE_RESULT.offset("largest");

  private final CudaDevice device;
  private final Runnable wait;
  private final SampleLimits limits;
  private final SampleRows rows;
  private final CudaKernel sample;
  private final CudaKernel score;
  private final MemorySegment scratch;

  /**
   * Claims its memory.
   *
   * @param wait for all work that was issued
   */
  CudaSampler(
      CudaDevice device,
      DeviceMemory memory,
      PinnedMemory pinned,
      CudaModule module,
      SampleLimits limits,
      Runnable wait) {
    if (limits.maxTop() > MAX_TOP || limits.vocabSize() > MAX_VOCABULARY) {
      throw new IllegalArgumentException(
          "%s, beyond %d tokens of which %d are reported"
              .formatted(limits, MAX_VOCABULARY, MAX_TOP));
    }
    this.device = device;
    this.wait = wait;
    this.limits = limits;
    rows = new SampleRows(limits, pinned);
    sample = module.kernel("sample_f32", KernelStruct.SAMPLE);
    score = module.kernel("score_f32", KernelStruct.SAMPLE);
    scratch = memory.take(bytes(limits), "sampling");
  }

  /** Device memory: scores and weights of the rows of a launch. */
  static long bytes(SampleLimits limits) {
    return 2L * Float.BYTES * Math.min(limits.maxRows(), LAUNCH_ROWS) * limits.vocabSize();
  }

  @Override
  public int maxTop() {
    return limits.maxTop();
  }

  @Override
  public void clear() {
    rows.clear();
  }

  @Override
  public int beginSampled(int logitsRow, long seed, int outputIndex) {
    return rows.begin(logitsRow, NO_TOKEN, seed, outputIndex);
  }

  @Override
  public int beginScored(int logitsRow, int tokenId) {
    Require.index("sampling: scored token", tokenId, limits.vocabSize());
    return rows.begin(logitsRow, tokenId, 0, 0);
  }

  @Override
  public void dropRow() {
    rows.drop();
  }

  @Override
  public void draw(float temperature, int topK, float topP, float minP) {
    rows.draw(temperature, topK, topP, minP);
  }

  @Override
  public void penalise(float repetition, float frequency, float presence) {
    rows.penalise(repetition, frequency, presence);
  }

  @Override
  public boolean mask(long[] bits) {
    return rows.mask(bits);
  }

  @Override
  public boolean shift(int tokenId, float value) {
    Require.index("sampling: shifted token", tokenId, limits.vocabSize());
    return rows.shift(tokenId, value);
  }

  @Override
  public boolean count(int tokenId, int numOutput) {
    Require.index("sampling: counted token", tokenId, limits.vocabSize());
    return rows.count(tokenId, numOutput);
  }

  @Override
  public void top(int count) {
    if (count < 0 || count > limits.maxTop()) {
      throw new IllegalArgumentException(
          "%d likeliest tokens of a row, at most %d".formatted(count, limits.maxTop()));
    }
    rows.top(count);
  }

  @Override
  public void run(Tensor logits) {
    if (logits.dtype() != DType.F32 || logits.rowLength() != limits.vocabSize()) {
      throw new IllegalArgumentException(
          "sampling: logits " + logits + " are not F32 rows of " + limits.vocabSize());
    }
    if (rows.size() > 0) {
      Require.index("sampling: row of logits", rows.maxLogitsRow(), logits.numRows());
    }
    device.makeCurrent();
    for (int first = 0; first < rows.size(); first += LAUNCH_ROWS) {
      int count = Math.min(LAUNCH_ROWS, rows.size() - first);
      launch(sample, logits, first, count);
      if (rows.hasScores()) {
        launch(score, logits, first, count);
      }
    }
    // Without rows too: the step's batch is going to be filled again.
    wait.run();
  }

  private void launch(CudaKernel kernel, Tensor logits, int first, int count) {
    long scores = scratch.address();
    long weights = scores + scratch.byteSize() / 2;
    rows.put(kernel.put(logits).put(scores).put(weights))
        .put(logits.rowStride())
        .put(count)
        .put(first)
        .put(limits.vocabSize())
        .put(limits.maxTop())
        .launch(count, 1, 1, BLOCK, 0);
  }

  @Override
  public int token(int row) {
    return rows.resultInt(row, TOKEN);
  }

  @Override
  public int rank(int row) {
    return rows.resultInt(row, RANK);
  }

  @Override
  public float logit(int row) {
    return rows.resultFloat(row, LOGIT);
  }

  @Override
  public float largestLogit(int row) {
    return rows.resultFloat(row, LARGEST);
  }

  @Override
  public double mass(int row) {
    return rows.resultLong(row, MASS) * UNIT;
  }

  @Override
  public int topToken(int row, int i) {
    return rows.topToken(row, i);
  }

  @Override
  public float topLogit(int row, int i) {
    return rows.topLogit(row, i);
  }
}
