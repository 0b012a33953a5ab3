package dev.gatun.cuda;

import dev.gatun.tensor.AttentionBatch;
import dev.gatun.tensor.AttentionCheck;
import dev.gatun.tensor.BatchLimits;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.KvLayer;
import dev.gatun.tensor.Require;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/**
 * A batch in page-locked memory and where ops find it on the device. Its arrays lie in one piece,
 * block tables last, so that one copy takes what is used:
 *
 * <pre>
 *   tokenIds | positions | slotMapping | queryStart | contextLens | logitRows | blockTables
 * </pre>
 *
 * <p>{@link #scan} notes the extremes of every array, so that an op's check of its indices costs
 * nothing; only a failed one looks for the value to name.
 */
final class DeviceBatch {
  private static final long ALIGNMENT = 64;
  private static final int NUM_INDEX_ARRAYS = 4;

  private final AttentionBatch batch;
  private final MemorySegment host;
  private final long device;
  private final long tablesOffset;

  /** The arrays whose values are indices, and what of them was scanned. */
  private final Tensor[] indexArrays;

  private final int[] counts = new int[NUM_INDEX_ARRAYS];
  private final int[] least = new int[NUM_INDEX_ARRAYS];
  private final int[] most = new int[NUM_INDEX_ARRAYS];
  private int maxContextLen;

  /** The strictest check of block ids that this filling has passed, per kind of attention. */
  private final BlockChecks blockChecks = new BlockChecks();

  private long used;

  /**
   * Lays a batch out.
   *
   * @param host {@link #bytes} bytes, page-locked
   * @param device as many on the device; shared by batches of the same limits
   */
  DeviceBatch(BatchLimits limits, MemorySegment host, long device) {
    this.host = host;
    this.device = device;
    batch = new AttentionBatch(limits, this::nextArray);
    tablesOffset = batch.blockTables().data().address() - host.address();
    indexArrays =
        new Tensor[] {batch.tokenIds(), batch.positions(), batch.slotMapping(), batch.logitRows()};
  }

  private Tensor nextArray(int length) {
    long from = Math.ceilDiv(used, ALIGNMENT) * ALIGNMENT;
    used = from + 4L * length;
    return Tensor.of(DType.I32, Shape.of(length), host.asSlice(from, 4L * length));
  }

  /** Bytes that a batch takes on either side. */
  static long bytes(BatchLimits limits) {
    long tables = (long) limits.maxSequences() * limits.maxBlocksPerSequence();
    long entries =
        3L * limits.maxTokens() + 2L * limits.maxSequences() + 1 + limits.maxLogitRows() + tables;
    return 4 * entries + 7 * ALIGNMENT;
  }

  AttentionBatch batch() {
    return batch;
  }

  /** Whether the array is one of this batch's. */
  boolean holds(Tensor array) {
    long offset = array.data().address() - host.address();
    return offset >= 0 && offset < host.byteSize();
  }

  /** Where the device finds an array of this batch. */
  long address(Tensor array) {
    return device + (array.data().address() - host.address());
  }

  /** Start of the batch on the device. */
  long device() {
    return device;
  }

  MemorySegment host() {
    return host;
  }

  /** Bytes from the start to the last block table in use. */
  long usedBytes() {
    long tables = (long) batch.numSequences() * batch.limits().maxBlocksPerSequence();
    return tablesOffset + 4 * tables;
  }

  /** Notes the extremes of what the batch was filled with. */
  void scan() {
    int numScheduled = batch.numTokens() - batch.numFillers();
    for (int i = 0; i < NUM_INDEX_ARRAYS; i++) {
      scan(i, i == NUM_INDEX_ARRAYS - 1 ? batch.numLogitRows() : numScheduled);
    }
    maxContextLen = 0;
    for (int s = 0; s < batch.numSequences(); s++) {
      maxContextLen = Math.max(maxContextLen, batch.contextLens().getInt(s));
    }
    blockChecks.clear();
  }

  private void scan(int array, int count) {
    int low = Integer.MAX_VALUE;
    int high = Integer.MIN_VALUE;
    for (int i = 0; i < count; i++) {
      int value = indexArrays[array].getInt(i);
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    counts[array] = count;
    least[array] = low;
    most[array] = high;
  }

  int queryLen(int sequence) {
    return batch.queryStart().getInt(sequence + 1L) - batch.queryStart().getInt(sequence);
  }

  /** Tokens of the longest context. */
  int maxContextLen() {
    return maxContextLen;
  }

  /** Number of an array of indices, to check it by; -1 for the others. */
  int indexArray(Tensor array) {
    for (int i = 0; i < NUM_INDEX_ARRAYS; i++) {
      if (indexArrays[i].data().address() == array.data().address()) {
        return i;
      }
    }
    return -1;
  }

  /** Passes if all values of the array are in {@code [0, limit)}; fillers have none. */
  void checkIndices(int array, String what, int limit) {
    if (counts[array] > 0 && (least[array] < 0 || most[array] >= limit)) {
      for (int i = 0; i < counts[array]; i++) {
        Require.index(what, indexArrays[array].getInt(i), limit);
      }
    }
  }

  /** Passes if attention through the block tables stays in the cache. */
  void checkBlocks(KvLayer cache, int window) {
    if (!blockChecks.covers(cache.numBlocks(), cache.blockSize(), window)) {
      AttentionCheck.checkBatch(cache, batch, window);
      blockChecks.add(cache.numBlocks(), cache.blockSize(), window);
    }
  }

  /** A few checks that have passed: layers repeat them with the same numbers. */
  private static final class BlockChecks {
    private static final int MAX = 4;
    private final int[] numBlocks = new int[MAX];
    private final int[] blockSizes = new int[MAX];
    private final int[] windows = new int[MAX];
    private int size;
    private int oldest;

    void clear() {
      size = 0;
      oldest = 0;
    }

    boolean covers(int blocks, int blockSize, int window) {
      for (int i = 0; i < size; i++) {
        if (numBlocks[i] == blocks && blockSizes[i] == blockSize && windows[i] == window) {
          return true;
        }
      }
      return false;
    }

    void add(int blocks, int blockSize, int window) {
      int place = size < MAX ? size++ : oldest++ % MAX;
      numBlocks[place] = blocks;
      blockSizes[place] = blockSize;
      windows[place] = window;
    }
  }
}
