package dev.gatun.tensor.contract;

import static dev.gatun.tensor.contract.Fixture.pick;
import static dev.gatun.tensor.contract.Fixture.storageTypes;
import static dev.gatun.tensor.contract.Fixture.uniform;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Op;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.WeightFormat;
import dev.gatun.tensor.contract.Fixture.Strided;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** embed and gatherRows: rows are moved, and scaled with at most one rounding. */
interface RowsContract extends BackendCase {
  List<Integer> HIDDEN_SIZES = List.of(1, 2, 7, 64, 129);

  @Test
  default void embedLooksUpAndScalesRows() {
    for (DType table : storageTypes()) {
      if (!on().backend().supports(Op.EMBED, WeightFormat.plain(table))) {
        continue;
      }
      for (DType activation : on().activationTypes()) {
        for (int hiddenSize : HIDDEN_SIZES) {
          for (float scale : new float[] {1, 2.5f, 11.313708f}) {
            embedCase(table, activation, hiddenSize, scale);
          }
        }
      }
    }
  }

  private void embedCase(DType dtype, DType activation, int hiddenSize, float scale) {
    String label = "embed " + dtype + " to " + activation + " " + hiddenSize + " * " + scale;
    Random random = on().random(label);
    float[][] table = uniform(random, dtype, 13, hiddenSize);
    int[] ids = {0, 12, 5, 5, 1, 12};
    float[][] expected = pick(table, ids);
    for (int t = 0; t < expected.length; t++) {
      expected[t] = expected[t].clone();
      for (int i = 0; i < hiddenSize; i++) {
        expected[t][i] = Rounding.round(activation, expected[t][i] * scale);
      }
    }

    Strided out = on().stridedPoison(activation, ids.length, hiddenSize);
    on().ops().embed(out.view(), on().matrix(dtype, table), on().ints(ids), scale);

    Check.sameBits(label, on().read(out.view()), expected);
    Check.paddingIsUntouched(label, on().read(out.all()));
  }

  @Test
  default void embedReadsOnlyAsManyIdsAsThereAreRows() {
    float[][] table = uniform(on().random("ids"), DType.F32, 4, 8);
    Tensor out = on().poisoned(DType.F32, 2, 8);

    on().ops().embed(out, on().matrix(DType.F32, table), on().ints(3, 1, -1, 99), 1);

    Check.sameBits("embed", on().read(out), pick(table, 3, 1));
  }

  @Test
  default void gatherRowsCopiesChosenRows() {
    for (DType activation : on().activationTypes()) {
      for (int size : HIDDEN_SIZES) {
        String label = "gatherRows " + activation + " " + size;
        float[][] x = uniform(on().random(label), activation, 9, size);
        int[] rows = {8, 0, 3, 3, 7};

        Strided out = on().stridedPoison(activation, rows.length, size);
        Strided in = on().strided(activation, x);
        on().ops().gatherRows(out.view(), in.view(), on().ints(rows));

        Check.sameBits(label, on().read(out.view()), pick(x, rows));
        Check.paddingIsUntouched(label, on().read(out.all()));
      }
    }
  }

  @Test
  default void rowOpsAcceptNoRows() {
    Tensor table = on().matrix(DType.F32, new float[][] {{1, 2}});
    Tensor out = on().poisoned(DType.F32, 1, 2);

    on().ops().embed(out.rows(0, 0), table, on().ints(7), 1);
    on().ops().gatherRows(out.rows(0, 0), table, on().ints(7));

    Check.sameBits("untouched", on().read(out), new float[][] {{Float.NaN, Float.NaN}});
  }
}
