package dev.gatun.tensor.reference;

import dev.gatun.tensor.Require;
import dev.gatun.tensor.Tensor;

/** Ops that pick rows: embed and gatherRows. Engine thread. */
final class ReferenceRows {
  private final FloatScratch rowScratch = new FloatScratch();

  void embed(Tensor out, Tensor table, Tensor ids, float scale) {
    Require.activation("embed out", out);
    int hiddenSize = out.rowLength();
    Require.table("embed table", table, hiddenSize);
    Require.indices("embed ids", ids, out.numRows());

    float[] row = rowScratch.atLeast(hiddenSize);
    for (int t = 0; t < out.numRows(); t++) {
      int id = Require.index("embed: token id", ids.getInt(t), table.numRows());
      table.readFloats(id, 0, row, 0, hiddenSize);
      for (int i = 0; i < hiddenSize; i++) {
        row[i] *= scale;
      }
      out.writeFloats(t, 0, row, 0, hiddenSize);
    }
  }

  void gatherRows(Tensor out, Tensor x, Tensor rows) {
    Require.activation("gatherRows x", x);
    Require.activation("gatherRows out", out, out.numRows(), x.rowLength());
    Require.indices("gatherRows rows", rows, out.numRows());

    float[] row = rowScratch.atLeast(x.rowLength());
    for (int i = 0; i < out.numRows(); i++) {
      int source = Require.index("gatherRows: row", rows.getInt(i), x.numRows());
      x.readFloats(source, 0, row, 0, x.rowLength());
      out.writeFloats(i, 0, row, 0, x.rowLength());
    }
  }
}
