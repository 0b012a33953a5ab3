package dev.gatun.engine.kv;

import java.util.Arrays;

/** Block hashes that are not what they should be, for tests. */
public final class PlantedHashes {
  private PlantedHashes() {}

  /** Each block of the prompt hashed as if it came first. */
  public static BlockHashes withoutParent(int blockSize, int[] prompt) {
    PrefixHasher hasher = new PrefixHasher(blockSize, new byte[0]);
    BlockHashes planted = hasher.hash("", "", prompt);
    for (int i = 0; i < planted.numBlocks(); i++) {
      int[] block = Arrays.copyOfRange(prompt, i * blockSize, (i + 1) * blockSize);
      byte[] alone = hasher.hash("", "", block).hash(0);
      System.arraycopy(alone, 0, planted.bytes(), BlockHashes.offset(i), alone.length);
    }
    return planted;
  }

  /** Blocks of all prompts, whatever is in them, share three hashes. */
  public static BlockHashes colliding(int blockSize, int[] prompt) {
    BlockHashes planted = new PrefixHasher(blockSize, new byte[0]).hash("", "", prompt);
    for (int i = 0; i < planted.numBlocks(); i++) {
      int offset = BlockHashes.offset(i);
      Arrays.fill(planted.bytes(), offset, offset + BlockHashes.HASH_BYTES, (byte) (i % 3));
    }
    return planted;
  }
}
