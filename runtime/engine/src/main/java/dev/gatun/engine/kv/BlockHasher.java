package dev.gatun.engine.kv;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Extends {@link BlockHashes} without allocating anything but their growth. One thread at a time.
 *
 * <pre>
 *   hash(i) = SHA-256( 1 | hash(i - 1), the root if i = 0 | token ids of block i, int32 each )
 * </pre>
 *
 * The leading byte tells blocks from roots. Numbers are little-endian, lengths fixed: two different
 * inputs never have the same encoding.
 */
final class BlockHasher {
  private static final byte BLOCK_TAG = 1;

  private final int blockSize;
  private final MessageDigest sha256 = newSha256();
  private final ByteBuffer message;

  BlockHasher(int blockSize) {
    this.blockSize = blockSize;
    int numBytes = 1 + BlockHashes.HASH_BYTES + blockSize * Integer.BYTES;
    message = ByteBuffer.allocate(numBytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  static MessageDigest newSha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** Hashes the full blocks among the first {@code numTokens} tokens that have no hash yet. */
  void extend(BlockHashes hashes, int[] tokenIds, int numTokens) {
    int numFull = numTokens / blockSize;
    while (hashes.numBlocks() < numFull) {
      append(hashes, tokenIds);
    }
  }

  private void append(BlockHashes hashes, int[] tokenIds) {
    int index = hashes.numBlocks();
    message.clear();
    message.put(BLOCK_TAG);
    message.put(hashes.bytes(), BlockHashes.offset(index - 1), BlockHashes.HASH_BYTES);
    for (int i = index * blockSize; i < (index + 1) * blockSize; i++) {
      message.putInt(tokenIds[i]);
    }
    hashes.grow();
    sha256.update(message.array(), 0, message.position());
    try {
      sha256.digest(hashes.bytes(), BlockHashes.offset(index), BlockHashes.HASH_BYTES);
    } catch (DigestException e) {
      throw new IllegalStateException("no room for the hash of block " + index, e);
    }
  }
}
