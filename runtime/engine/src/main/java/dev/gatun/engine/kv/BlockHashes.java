package dev.gatun.engine.kv;

import java.util.Arrays;

/**
 * The block hashes of one sequence in order of position, made by {@link PrefixHasher} and extended
 * as output fills further blocks. Handed from the submitting thread to the engine thread with its
 * request; one thread at a time.
 */
public final class BlockHashes {

  /** Bytes of one hash: SHA-256. */
  static final int HASH_BYTES = 32;

  /** The root, which stands before the first block, then one hash per full block. */
  private byte[] bytes;

  private int numBlocks;

  BlockHashes(byte[] root, int claimedBlocks) {
    bytes = Arrays.copyOf(root, (claimedBlocks + 1) * HASH_BYTES);
  }

  /** Of a sequence that never takes part in prefix caching. */
  public static BlockHashes none() {
    return new BlockHashes(new byte[HASH_BYTES], 0);
  }

  /** Full blocks hashed so far. */
  public int numBlocks() {
    return numBlocks;
  }

  /** A copy of the hash of block {@code index}, for those who talk about blocks to others. */
  public byte[] hash(int index) {
    Invariant.check(index >= 0 && index < numBlocks, "a hashed block", index, numBlocks);
    return Arrays.copyOfRange(bytes, offset(index), offset(index + 1));
  }

  /** How many hashes from {@code from} on, before {@code to}, are those of another sequence. */
  int numEqual(BlockHashes other, int from, int to) {
    int differing =
        Arrays.mismatch(bytes, offset(from), offset(to), other.bytes, offset(from), offset(to));
    return differing < 0 ? to - from : differing / HASH_BYTES;
  }

  byte[] bytes() {
    return bytes;
  }

  /** Where the hash of block {@code index} starts in {@link #bytes}; -1 is the root's index. */
  static int offset(int index) {
    return (index + 1) * HASH_BYTES;
  }

  /** Makes room for one block more; storage doubles, as that of the sequence's tokens does. */
  void grow() {
    numBlocks++;
    if (offset(numBlocks) > bytes.length) {
      bytes = Arrays.copyOf(bytes, 2 * bytes.length);
    }
  }
}
