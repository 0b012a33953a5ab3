package dev.gatun.tensor.contract;

/**
 * Rows of heads: {@code [numTokens, numHeads * headDim]} and {@code [numTokens * numHeads,
 * headDim]}.
 */
final class Layout {
  private Layout() {}

  static float[][] joinHeads(float[][] heads, int numHeads) {
    int headDim = heads[0].length;
    float[][] rows = new float[heads.length / numHeads][numHeads * headDim];
    for (int i = 0; i < heads.length; i++) {
      System.arraycopy(heads[i], 0, rows[i / numHeads], i % numHeads * headDim, headDim);
    }
    return rows;
  }

  static float[][] splitHeads(float[][] rows, int numHeads) {
    int headDim = rows[0].length / numHeads;
    float[][] heads = new float[rows.length * numHeads][headDim];
    for (int i = 0; i < heads.length; i++) {
      System.arraycopy(rows[i / numHeads], i % numHeads * headDim, heads[i], 0, headDim);
    }
    return heads;
  }
}
