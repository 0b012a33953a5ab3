package dev.gatun.cuda;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.gatun.tensor.SampleLimits;
import java.lang.foreign.MemorySegment;

/**
 * Rows to be sampled, their lists and their results, as the structs of {@code native/cuda/args.h}
 * in page-locked memory: kernels read and write them there, each once per row, so nothing has to be
 * copied. One thread at a time.
 */
final class SampleRows {
  private static final long ROW = KernelStruct.SAMPLE_ROW.bytes();
  private static final long SEED = KernelStruct.SAMPLE_ROW.offset("seed");
  private static final long LOGITS_ROW = KernelStruct.SAMPLE_ROW.offset("row");
  private static final long TARGET = KernelStruct.SAMPLE_ROW.offset("target");
  private static final long OUTPUT_INDEX = KernelStruct.SAMPLE_ROW.offset("output_index");
  private static final long MASK = KernelStruct.SAMPLE_ROW.offset("mask");
  private static final long FIRST_EDIT = KernelStruct.SAMPLE_ROW.offset("first_edit");
  private static final long NUM_EDITS = KernelStruct.SAMPLE_ROW.offset("num_edits");
  private static final long FIRST_COUNT = KernelStruct.SAMPLE_ROW.offset("first_count");
  private static final long NUM_COUNTS = KernelStruct.SAMPLE_ROW.offset("num_counts");
  private static final long TOP_K = KernelStruct.SAMPLE_ROW.offset("top_k");
  private static final long NUM_TOP = KernelStruct.SAMPLE_ROW.offset("num_top");
  private static final long TEMPERATURE = KernelStruct.SAMPLE_ROW.offset("temperature");
  private static final long TOP_P = KernelStruct.SAMPLE_ROW.offset("top_p");
  private static final long MIN_P = KernelStruct.SAMPLE_ROW.offset("min_p");
  private static final long REPETITION = KernelStruct.SAMPLE_ROW.offset("repetition_penalty");
  private static final long FREQUENCY = KernelStruct.SAMPLE_ROW.offset("frequency_penalty");
  private static final long PRESENCE = KernelStruct.SAMPLE_ROW.offset("presence_penalty");
  private static final long EDIT = KernelStruct.SAMPLE_EDIT.bytes();
  private static final long COUNT = KernelStruct.SAMPLE_COUNT.bytes();
  private static final long RESULT = KernelStruct.SAMPLE_RESULT.bytes();
  private static final long TOP = KernelStruct.SAMPLE_TOP.bytes();

  /** Second field of a list's entry, and of a result's top. */
  private static final long SECOND = 4;

  private final SampleLimits limits;
  private final MemorySegment rows;
  private final MemorySegment masks;
  private final MemorySegment edits;
  private final MemorySegment counts;
  private final MemorySegment results;
  private final MemorySegment tops;

  private int numRows;
  private int numMasks;
  private int numEdits;
  private int numCounts;

  /** Whether any row wants scores. */
  private boolean hasScores;

  SampleRows(SampleLimits limits, PinnedMemory pinned) {
    this.limits = limits;
    String purpose = "sampling";
    rows = pinned.take(limits.maxRows() * ROW, purpose);
    masks = pinned.take((long) limits.maxMasks() * limits.maskWords() * Long.BYTES, purpose);
    edits = pinned.take(limits.maxListEntries() * EDIT, purpose);
    counts = pinned.take(limits.maxListEntries() * COUNT, purpose);
    results = pinned.take(limits.maxRows() * RESULT, purpose);
    tops = pinned.take((long) limits.maxRows() * limits.maxTop() * TOP, purpose);
  }

  int size() {
    return numRows;
  }

  boolean hasScores() {
    return hasScores;
  }

  void clear() {
    numRows = 0;
    numMasks = 0;
    numEdits = 0;
    numCounts = 0;
    hasScores = false;
  }

  int begin(int logitsRow, int target, long seed, int outputIndex) {
    if (numRows == limits.maxRows()) {
      throw new IllegalStateException("more than " + numRows + " rows to sample in a step");
    }
    numRows++;
    long at = last();
    rows.set(JAVA_LONG, at + SEED, seed);
    rows.set(JAVA_INT, at + LOGITS_ROW, logitsRow);
    rows.set(JAVA_INT, at + TARGET, target);
    rows.set(JAVA_INT, at + OUTPUT_INDEX, outputIndex);
    rows.set(JAVA_INT, at + MASK, -1);
    rows.set(JAVA_INT, at + FIRST_EDIT, numEdits);
    rows.set(JAVA_INT, at + NUM_EDITS, 0);
    rows.set(JAVA_INT, at + FIRST_COUNT, numCounts);
    rows.set(JAVA_INT, at + NUM_COUNTS, 0);
    rows.set(JAVA_INT, at + NUM_TOP, -1);
    draw(0, 0, 1, 0);
    penalise(1, 0, 0);
    return numRows - 1;
  }

  private long last() {
    if (numRows == 0) {
      throw new IllegalStateException("no row to sample was begun");
    }
    return (numRows - 1) * ROW;
  }

  /** Takes the last row back, with its lists. */
  void drop() {
    long at = last();
    numEdits = rows.get(JAVA_INT, at + FIRST_EDIT);
    numCounts = rows.get(JAVA_INT, at + FIRST_COUNT);
    numMasks -= rows.get(JAVA_INT, at + MASK) < 0 ? 0 : 1;
    numRows--;
  }

  void draw(float temperature, int topK, float topP, float minP) {
    long at = last();
    rows.set(JAVA_INT, at + TOP_K, topK);
    rows.set(JAVA_FLOAT, at + TEMPERATURE, temperature);
    rows.set(JAVA_FLOAT, at + TOP_P, topP);
    rows.set(JAVA_FLOAT, at + MIN_P, minP);
  }

  void penalise(float repetition, float frequency, float presence) {
    long at = last();
    rows.set(JAVA_FLOAT, at + REPETITION, repetition);
    rows.set(JAVA_FLOAT, at + FREQUENCY, frequency);
    rows.set(JAVA_FLOAT, at + PRESENCE, presence);
  }

  boolean mask(long[] bits) {
    if (numMasks == limits.maxMasks()) {
      return false;
    }
    long bytes = (long) limits.maskWords() * Long.BYTES;
    MemorySegment.copy(bits, 0, masks, JAVA_LONG, numMasks * bytes, limits.maskWords());
    rows.set(JAVA_INT, last() + MASK, numMasks++);
    return true;
  }

  boolean shift(int tokenId, float value) {
    if (numEdits == limits.maxListEntries()) {
      return false;
    }
    long at = numEdits++ * EDIT;
    edits.set(JAVA_INT, at, tokenId);
    edits.set(JAVA_FLOAT, at + SECOND, value);
    addOne(last() + NUM_EDITS);
    return true;
  }

  boolean count(int tokenId, int numOutput) {
    if (numCounts == limits.maxListEntries()) {
      return false;
    }
    long at = numCounts++ * COUNT;
    counts.set(JAVA_INT, at, tokenId);
    counts.set(JAVA_INT, at + SECOND, numOutput);
    addOne(last() + NUM_COUNTS);
    return true;
  }

  private void addOne(long at) {
    rows.set(JAVA_INT, at, rows.get(JAVA_INT, at) + 1);
  }

  void top(int count) {
    rows.set(JAVA_INT, last() + NUM_TOP, count);
    hasScores = true;
  }

  /** Largest row of the logits that is named. */
  int maxLogitsRow() {
    int most = -1;
    for (int row = 0; row < numRows; row++) {
      most = Math.max(most, rows.get(JAVA_INT, row * ROW + LOGITS_ROW));
    }
    return most;
  }

  /** Puts where all of this lies, in the order of the kernel's argument. */
  CudaKernel put(CudaKernel kernel) {
    return kernel
        .put(rows.address())
        .put(masks.address())
        .put(edits.address())
        .put(counts.address())
        .put(results.address())
        .put(tops.address());
  }

  int resultInt(int row, long field) {
    return results.get(JAVA_INT, row * RESULT + field);
  }

  float resultFloat(int row, long field) {
    return results.get(JAVA_FLOAT, row * RESULT + field);
  }

  long resultLong(int row, long field) {
    return results.get(JAVA_LONG, row * RESULT + field);
  }

  int topToken(int row, int i) {
    return tops.get(JAVA_INT, top(row, i));
  }

  float topLogit(int row, int i) {
    return tops.get(JAVA_FLOAT, top(row, i) + SECOND);
  }

  private long top(int row, int i) {
    return ((long) row * limits.maxTop() + i) * TOP;
  }
}
