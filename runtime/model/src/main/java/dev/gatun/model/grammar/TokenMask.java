package dev.gatun.model.grammar;

import java.util.Arrays;

/**
 * The tokens that a state allows: a part shared with other states and a few of its own. A part with
 * few tokens is a list, one with many a bit set. Immutable; end tokens are not in it.
 *
 * @param dense bits of the shared part, empty if it is sparse
 * @param sparse token ids of the shared part if it is sparse
 * @param extra token ids that only this state allows
 */
record TokenMask(long[] dense, int[] sparse, int[] extra) {

  /** Sets the bits of this mask in {@code mask}, whose other bits become 0. */
  void copyTo(long[] mask) {
    System.arraycopy(dense, 0, mask, 0, dense.length);
    Arrays.fill(mask, dense.length, mask.length, 0);
    mark(sparse, mask);
    mark(extra, mask);
  }

  boolean isEmpty() {
    // A dense part is only ever made for many tokens.
    return dense.length == 0 && sparse.length == 0 && extra.length == 0;
  }

  /** Memory of the arrays that only this mask owns. */
  long ownBytes(boolean ownsShared) {
    long own = 4L * extra.length + 64;
    return ownsShared ? own + 8L * dense.length + 4L * sparse.length : own;
  }

  private static void mark(int[] tokenIds, long[] mask) {
    for (int id : tokenIds) {
      mask[id >> 6] |= 1L << id;
    }
  }
}
