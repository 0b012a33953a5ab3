package dev.gatun.tensor.contract;

import static dev.gatun.tensor.contract.Fixture.pick;
import static dev.gatun.tensor.contract.Fixture.storageTypes;
import static dev.gatun.tensor.contract.Fixture.uniform;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.contract.Fixture.Strided;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** rmsNorm, addRmsNorm, layerNorm and qkNorm against {@link NaiveNorms}. */
interface NormContract extends BackendCase {
  List<Integer> NORM_SIZES = List.of(1, 2, 7, 8, 9, 64, 127, 300);
  List<Float> OFFSETS = List.of(0f, 1f);
  float EPS = 1e-5f;

  @Test
  default void rmsNormMatchesNaive() {
    for (DType dtype : storageTypes()) {
      for (DType activation : on().activationTypes()) {
        for (int size : NORM_SIZES) {
          for (float offset : OFFSETS) {
            String label = "rmsNorm " + dtype + " on " + activation + " " + size + " +" + offset;
            Random random = on().random(label);
            float[][] x = uniform(random, activation, 5, size);
            float[] weight = uniform(random, dtype, size);

            Strided in = on().strided(activation, x);
            Strided out = on().stridedPoison(activation, 5, size);
            on().ops().rmsNorm(out.view(), in.view(), on().vector(dtype, weight), offset, EPS);

            NaiveNorms naive = NaiveNorms.rms(x, weight, offset, EPS);
            Check.close(label, activation, on().read(out.view()), naive.expected(), naive.error());
            Check.paddingIsUntouched(label, on().read(out.all()));
          }
        }
      }
    }
  }

  @Test
  default void rmsNormOfZerosIsZero() {
    Tensor x = on().matrix(DType.F32, new float[2][16]);

    on().ops().rmsNorm(x, x, on().vector(DType.F32, new float[16]), 1, EPS);

    Check.sameBits("zeros", on().read(x), new float[2][16]);
  }

  @Test
  default void rmsNormMayWriteItsInput() {
    Random random = on().random("rmsNorm in place");
    float[][] values = uniform(random, DType.F32, 4, 33);
    Tensor weight = on().vector(DType.F32, uniform(random, DType.F32, 33));
    Tensor apart = on().poisoned(DType.F32, 4, 33);
    Tensor inPlace = on().matrix(DType.F32, values);

    on().ops().rmsNorm(apart, on().matrix(DType.F32, values), weight, 0, EPS);
    on().ops().rmsNorm(inPlace, inPlace, weight, 0, EPS);

    Check.sameBits("in place", on().read(inPlace), on().read(apart));
  }

  @Test
  default void addRmsNormUpdatesResidualAndNormalizesIt() {
    for (DType activation : on().activationTypes()) {
      for (int size : NORM_SIZES) {
        String label = "addRmsNorm " + activation + " " + size;
        Random random = on().random(label);
        float[][] residual = uniform(random, activation, 4, size);
        float[][] x = uniform(random, activation, 4, size);
        float[] weight = uniform(random, DType.BF16, size);
        float[][] sum = sum(activation, residual, x);

        Strided r = on().strided(activation, residual);
        Strided out = on().stridedPoison(activation, 4, size);
        Tensor w = on().vector(DType.BF16, weight);
        on().ops().addRmsNorm(out.view(), r.view(), on().matrix(activation, x), w, 1, EPS);

        NaiveNorms naive = NaiveNorms.rms(sum, weight, 1, EPS);
        Check.sameBits(label + " residual", on().read(r.view()), sum);
        Check.close(label, activation, on().read(out.view()), naive.expected(), naive.error());
        Check.paddingIsUntouched(label, on().read(r.all()));
        Check.paddingIsUntouched(label, on().read(out.all()));
      }
    }
  }

  @Test
  default void addRmsNormMayWriteX() {
    Random random = on().random("addRmsNorm aliased");
    float[][] residual = uniform(random, DType.F32, 3, 20);
    float[][] x = uniform(random, DType.F32, 3, 20);
    Tensor weight = on().vector(DType.F32, uniform(random, DType.F32, 20));
    Tensor apart = on().poisoned(DType.F32, 3, 20);
    Tensor aliased = on().matrix(DType.F32, x);

    Tensor r = on().matrix(DType.F32, residual);
    on().ops().addRmsNorm(apart, r, on().matrix(DType.F32, x), weight, 0, EPS);
    on().ops().addRmsNorm(aliased, on().matrix(DType.F32, residual), aliased, weight, 0, EPS);

    Check.sameBits("aliased", on().read(aliased), on().read(apart));
  }

  @Test
  default void layerNormMatchesNaiveWithAndWithoutBias() {
    for (DType activation : on().activationTypes()) {
      for (int size : NORM_SIZES) {
        for (boolean hasBias : new boolean[] {false, true}) {
          String label = "layerNorm " + activation + " " + size + (hasBias ? " with bias" : "");
          Random random = on().random(label);
          float[][] x = uniform(random, activation, 4, size);
          float[] weight = uniform(random, DType.F16, size);
          float[] bias = hasBias ? uniform(random, DType.F16, size) : new float[size];

          Strided out = on().stridedPoison(activation, 4, size);
          Tensor in = on().strided(activation, x).view();
          Tensor b = hasBias ? on().vector(DType.F16, bias) : null;
          on().ops().layerNorm(out.view(), in, on().vector(DType.F16, weight), b, EPS);

          NaiveNorms naive = NaiveNorms.layer(x, weight, bias, EPS);
          Check.close(label, activation, on().read(out.view()), naive.expected(), naive.error());
          Check.paddingIsUntouched(label, on().read(out.all()));
        }
      }
    }
  }

  /** E[x^2] - E[x]^2 in float32 would lose the variance here. */
  @Test
  default void layerNormKeepsSmallVarianceBesideLargeMean() {
    Random random = on().random("layerNorm mean");
    float[][] x = uniform(random, DType.F32, 3, 96);
    for (float[] row : x) {
      for (int i = 0; i < row.length; i++) {
        row[i] = 10_000 + row[i];
      }
    }
    float[] weight = uniform(random, DType.F32, 96);
    Tensor out = on().poisoned(DType.F32, 3, 96);

    Tensor w = on().vector(DType.F32, weight);
    on().ops().layerNorm(out, on().matrix(DType.F32, x), w, null, EPS);

    NaiveNorms naive = NaiveNorms.layer(x, weight, new float[96], EPS);
    Check.close("large mean", DType.F32, on().read(out), naive.expected(), naive.error());
  }

  @Test
  default void qkNormNormalizesEachHeadInPlace() {
    for (DType dtype : storageTypes()) {
      for (int headDim : new int[] {1, 8, 24, 64, 128}) {
        for (int numHeads : new int[] {1, 3}) {
          String label = "qkNorm " + dtype + " " + numHeads + " x " + headDim;
          Random random = on().random(label);
          float[][] heads = uniform(random, DType.F32, 4 * numHeads, headDim);
          float[] weight = uniform(random, dtype, headDim);

          Strided packed = on().strided(DType.F32, Layout.joinHeads(heads, numHeads));
          on().ops().qkNorm(packed.view(), on().vector(dtype, weight), 0, EPS);

          NaiveNorms naive = NaiveNorms.rms(heads, weight, 0, EPS);
          float[][] actual = Layout.splitHeads(on().read(packed.view()), numHeads);
          Check.close(label, DType.F32, actual, naive.expected(), naive.error());
          Check.paddingIsUntouched(label, on().read(packed.all()));
        }
      }
    }
  }

  @Test
  default void normRowsAreIndependent() {
    for (int size : new int[] {8, 45, 256}) {
      Random random = on().random("norm rows");
      float[][] x = uniform(random, DType.F32, 6, size);
      float[][] other = uniform(random, DType.F32, 6, size);
      Tensor weight = on().vector(DType.F32, uniform(random, DType.F32, size));
      Check.rowsAreIndependent(
          "rmsNorm",
          6,
          rows -> {
            Tensor out = on().poisoned(DType.F32, rows.length, size);
            on().ops().rmsNorm(out, on().matrix(DType.F32, pick(x, rows)), weight, 0, EPS);
            return on().read(out);
          });
      Check.rowsAreIndependent(
          "addRmsNorm",
          6,
          rows -> {
            Tensor out = on().poisoned(DType.F32, rows.length, size);
            Tensor r = on().matrix(DType.F32, pick(other, rows));
            on().ops().addRmsNorm(out, r, on().matrix(DType.F32, pick(x, rows)), weight, 0, EPS);
            return on().read(out);
          });
      Check.rowsAreIndependent(
          "layerNorm",
          6,
          rows -> {
            Tensor out = on().poisoned(DType.F32, rows.length, size);
            Tensor in = on().matrix(DType.F32, pick(x, rows));
            on().ops().layerNorm(out, in, weight, weight, EPS);
            return on().read(out);
          });
      Check.rowsAreIndependent(
          "qkNorm",
          6,
          rows -> {
            Tensor heads = on().matrix(DType.F32, pick(x, rows));
            on().ops().qkNorm(heads, weight, 0, EPS);
            return on().read(heads);
          });
    }
  }

  /** The residual is kept in the activation type, so the sum is rounded to it once. */
  private static float[][] sum(DType dtype, float[][] a, float[][] b) {
    float[][] sum = new float[a.length][a[0].length];
    for (int row = 0; row < a.length; row++) {
      for (int i = 0; i < sum[row].length; i++) {
        sum[row][i] = Rounding.round(dtype, a[row][i] + b[row][i]);
      }
    }
    return sum;
  }
}
