package dev.gatun.engine.kv;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/**
 * Hashes prompts on the threads that submit them. The hashes of a sequence hang on a root that says
 * whose KV it is, so that sequences of another model, adapter or tenant share none of them:
 *
 * <pre>
 *   root = SHA-256( 0 | for each field: tag, length as int32, bytes )
 *   fields: 1 fingerprint, 2 block size, 3 LoRA id, 4 cache salt
 * </pre>
 *
 * Nothing in it is random: every replica and every run of the same model arrives at the same
 * hashes. Immutable; any thread.
 */
public final class PrefixHasher {
  private static final byte ROOT_TAG = 0;
  private static final byte FINGERPRINT_TAG = 1;
  private static final byte BLOCK_SIZE_TAG = 2;
  private static final byte LORA_TAG = 3;
  private static final byte SALT_TAG = 4;

  private final int blockSize;
  private final byte[] fingerprint;

  /**
   * Hashes for one model.
   *
   * @param fingerprint of all that decides what a block's bytes mean: weights, element type, layout
   */
  public PrefixHasher(int blockSize, byte[] fingerprint) {
    if (blockSize < 1) {
      throw new IllegalArgumentException("block size is " + blockSize + ", must be >= 1");
    }
    this.blockSize = blockSize;
    this.fingerprint = fingerprint.clone();
  }

  /**
   * Hashes the full blocks of a prompt.
   *
   * @param loraId adapter of the request, empty for none
   * @param cacheSalt only requests with the same one share blocks; empty for none
   * @param numClaimed output tokens whose hashes storage is claimed for at once; beyond, it doubles
   */
  public BlockHashes hash(String loraId, String cacheSalt, int[] promptTokenIds, int numClaimed) {
    int claimedBlocks = (promptTokenIds.length + numClaimed) / blockSize;
    BlockHashes hashes = new BlockHashes(root(loraId, cacheSalt), claimedBlocks);
    if (promptTokenIds.length >= blockSize) {
      new BlockHasher(blockSize).extend(hashes, promptTokenIds, promptTokenIds.length);
    }
    return hashes;
  }

  /** Without storage for output. */
  public BlockHashes hash(String loraId, String cacheSalt, int[] promptTokenIds) {
    return hash(loraId, cacheSalt, promptTokenIds, 0);
  }

  private byte[] root(String loraId, String cacheSalt) {
    MessageDigest sha256 = BlockHasher.newSha256();
    sha256.update(ROOT_TAG);
    addField(sha256, FINGERPRINT_TAG, fingerprint);
    addField(sha256, BLOCK_SIZE_TAG, int32(blockSize));
    addField(sha256, LORA_TAG, loraId.getBytes(StandardCharsets.UTF_8));
    addField(sha256, SALT_TAG, cacheSalt.getBytes(StandardCharsets.UTF_8));
    return sha256.digest();
  }

  private static void addField(MessageDigest sha256, byte tag, byte[] value) {
    sha256.update(tag);
    sha256.update(int32(value.length));
    sha256.update(value);
  }

  private static byte[] int32(int value) {
    return ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array();
  }
}
