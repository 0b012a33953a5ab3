package dev.gatun.tensor.reference;

import dev.gatun.tensor.Require;
import dev.gatun.tensor.Tensor;

/** Rotary position embedding in place, half-split layout. Engine thread. */
final class ReferenceRope {
  private final FloatScratch rowScratch = new FloatScratch();
  private final FloatScratch angleScratch = new FloatScratch();

  void rope(Tensor heads, int headDim, Tensor positions, Tensor cosSin) {
    Require.heads("rope heads", heads, headDim);
    Require.indices("rope positions", positions, heads.numRows());
    int rotaryDim = cosSin.rowLength();
    Require.cosSin(cosSin, headDim);

    int size = heads.rowLength();
    float[] row = rowScratch.atLeast(size);
    float[] angles = angleScratch.atLeast(rotaryDim);
    for (int t = 0; t < heads.numRows(); t++) {
      int position = Require.index("rope: position", positions.getInt(t), cosSin.numRows());
      cosSin.readFloats(position, 0, angles, 0, rotaryDim);
      heads.readFloats(t, 0, row, 0, size);
      for (int head = 0; head < size; head += headDim) {
        rotate(row, head, angles, rotaryDim / 2);
      }
      heads.writeFloats(t, 0, row, 0, size);
    }
  }

  private static void rotate(float[] row, int head, float[] angles, int half) {
    for (int i = 0; i < half; i++) {
      float cos = angles[i];
      float sin = angles[half + i];
      float first = row[head + i];
      float second = row[head + half + i];
      row[head + i] = first * cos - second * sin;
      row[head + half + i] = second * cos + first * sin;
    }
  }
}
