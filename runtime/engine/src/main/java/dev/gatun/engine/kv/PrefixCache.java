package dev.gatun.engine.kv;

import java.util.Arrays;

/**
 * The map from block hashes to the full blocks that hold such a prefix, with what is known of each
 * of them. Primitive arrays claimed once; nothing here allocates later. Engine thread only.
 *
 * <p>A hash only finds the entry. What makes it a hit is that the token ids are the same and that
 * the entry was registered as the continuation of the entry found before it, told by serials that
 * are never used twice. By induction a chain of hits is the very sequence of tokens asked for,
 * whatever the hash function does: a collision costs a hit, never a wrong text.
 *
 * <p>Buckets are probed linearly; removal shifts later entries back, so that no tombstones pile up:
 *
 * <pre>
 *   home bucket of X, Y, Z:  v
 *   buckets            ... [ X ][ Y ][ Z ][   ]     remove X:  [ Y ][ Z ][   ][   ]
 * </pre>
 */
final class PrefixCache {
  /** Serial of what comes before the first block. */
  static final long ROOT = 0;

  private static final int NONE = BlockPool.NULL_BLOCK;

  private final int blockSize;

  /** Block ids by bucket, at most half of them in use. */
  private final int[] buckets;

  // Per block id; meaningful where serials is not 0.
  private final byte[] hashes;
  private final int[] tokenIds;
  private final long[] serials;
  private final long[] parentSerials;

  private long lastSerial = ROOT;
  private int size;

  PrefixCache(int numBlocks, int blockSize) {
    this.blockSize = blockSize;
    if ((numBlocks + 1L) * BlockHashes.HASH_BYTES > Integer.MAX_VALUE) {
      throw new IllegalArgumentException("too many blocks for the prefix cache: " + numBlocks);
    }
    buckets = new int[Integer.highestOneBit(numBlocks) * 4];
    hashes = new byte[(numBlocks + 1) * BlockHashes.HASH_BYTES];
    tokenIds = new int[(numBlocks + 1) * blockSize];
    serials = new long[numBlocks + 1];
    parentSerials = new long[numBlocks + 1];
  }

  /** Blocks in the map. */
  int size() {
    return size;
  }

  boolean contains(int blockId) {
    return serials[blockId] != 0;
  }

  /** Names the contents of a cached block, for what continues it. */
  long serial(int blockId) {
    return serials[blockId];
  }

  /**
   * The block that holds block {@code index} of a sequence as the continuation of {@code
   * parentSerial}, or the null block.
   */
  int find(BlockHashes wanted, int index, int[] sequence, long parentSerial) {
    int id = buckets[bucketOf(wanted.bytes(), BlockHashes.offset(index))];
    return id != NONE && isSame(id, index, sequence, parentSerial) ? id : NONE;
  }

  private boolean isSame(int id, int index, int[] sequence, long parentSerial) {
    int from = index * blockSize;
    return parentSerials[id] == parentSerial
        && Arrays.equals(
            tokenIds, id * blockSize, (id + 1) * blockSize, sequence, from, from + blockSize);
  }

  /** The bucket with an entry of this hash, or the empty one where it would have to go. */
  private int bucketOf(byte[] bytes, int offset) {
    int bucket = home(bytes, offset);
    while (buckets[bucket] != NONE) {
      int at = buckets[bucket] * BlockHashes.HASH_BYTES;
      int end = at + BlockHashes.HASH_BYTES;
      if (Arrays.equals(hashes, at, end, bytes, offset, offset + BlockHashes.HASH_BYTES)) {
        return bucket;
      }
      bucket = following(bucket);
    }
    return bucket;
  }

  /** Hashes are uniform in every bit, so their first ones will do. */
  private int home(byte[] bytes, int offset) {
    int bits =
        (bytes[offset] & 0xff)
            | (bytes[offset + 1] & 0xff) << 8
            | (bytes[offset + 2] & 0xff) << 16
            | bytes[offset + 3] << 24;
    return bits & (buckets.length - 1);
  }

  private int following(int bucket) {
    return (bucket + 1) & (buckets.length - 1);
  }

  /**
   * Offers a computed block to later sequences. If another block holds the same already, that one
   * stays and this one remains private to its sequence.
   *
   * @return the serial under which the next block of the sequence continues
   */
  long register(int blockId, BlockHashes registered, int index, int[] sequence, long parentSerial) {
    Invariant.check(!contains(blockId), "a block not cached before", blockId, serials[blockId]);
    int offset = BlockHashes.offset(index);
    int bucket = bucketOf(registered.bytes(), offset);
    int present = buckets[bucket];
    if (present != NONE) {
      if (isSame(present, index, sequence, parentSerial)) {
        return serials[present];
      }
      // Its prefix was evicted before it and can be reached no more, or the hashes collide.
      remove(present);
      bucket = bucketOf(registered.bytes(), offset);
    }
    buckets[bucket] = blockId;
    System.arraycopy(
        registered.bytes(),
        offset,
        hashes,
        blockId * BlockHashes.HASH_BYTES,
        BlockHashes.HASH_BYTES);
    System.arraycopy(sequence, index * blockSize, tokenIds, blockId * blockSize, blockSize);
    serials[blockId] = ++lastSerial;
    parentSerials[blockId] = parentSerial;
    size++;
    return lastSerial;
  }

  /** Takes a cached block out of the map; its contents may be overwritten afterwards. */
  void remove(int blockId) {
    int hole = bucketOf(hashes, blockId * BlockHashes.HASH_BYTES);
    Invariant.check(buckets[hole] == blockId, "a cached block in its bucket", blockId, hole);
    int next = following(hole);
    while (buckets[next] != NONE) {
      int home = home(hashes, buckets[next] * BlockHashes.HASH_BYTES);
      int mask = buckets.length - 1;
      // An entry may move back to the hole unless that lies before its home.
      if (((next - home) & mask) >= ((next - hole) & mask)) {
        buckets[hole] = buckets[next];
        hole = next;
      }
      next = following(next);
    }
    buckets[hole] = NONE;
    serials[blockId] = 0;
    size--;
  }

  /**
   * Compares the map with what is known of the blocks.
   *
   * @throws IllegalStateException if they differ
   */
  void checkIntegrity() {
    int numCached = 0;
    for (int id = 1; id < serials.length; id++) {
      if (contains(id)) {
        numCached++;
        int found = buckets[bucketOf(hashes, id * BlockHashes.HASH_BYTES)];
        Invariant.check(found == id, "a cached block found by its hash", id, found);
        Invariant.check(
            serials[id] <= lastSerial && parentSerials[id] < serials[id],
            "a block younger than its parent",
            serials[id],
            parentSerials[id]);
      }
    }
    int numEntries = 0;
    for (int id : buckets) {
      Invariant.check(id == NONE || contains(id), "an entry's block cached", id, serials[id]);
      numEntries += id == NONE ? 0 : 1;
    }
    Invariant.check(numEntries == numCached, "an entry per cached block", numEntries, numCached);
    Invariant.check(size == numCached, "the size of the map", size, numCached);
  }
}
