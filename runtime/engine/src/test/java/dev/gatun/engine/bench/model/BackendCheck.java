package dev.gatun.engine.bench.model;

import dev.gatun.model.directory.ModelDirectory;
import dev.gatun.model.spec.WeightRounding;
import dev.gatun.tensor.Backend;
import dev.gatun.tensor.BackendOptions;
import dev.gatun.tensor.Backends;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Compares logits of a backend with the reference's before it is measured: {@code BackendCheck
 * MODEL BACKEND}. A prompt in chunks, then decodes of one batch size often enough that a device
 * repeats what it recorded. Ends with 1 if one is farther off than its types explain. For backends
 * that give quantised weights the inputs they are given, as cuda does: cpu rounds them.
 */
public final class BackendCheck {
  private static final int MAX_TOKENS = 40;
  private static final int MAX_SEQUENCES = 4;
  private static final int MAX_CONTEXT = 112;
  private static final int NUM_DECODES = 3;

  private BackendCheck() {}

  /**
   * A type of activations and KV.
   *
   * @param bound of a logit's error as a share of the largest: in BF16 every activation keeps 8
   *     bits, as in the golden tests of rounded models
   */
  private record Precision(DType dtype, double bound) {
    /** Units that multiply 8-bit floats get inputs that keep 4 bits. */
    double bound(WeightRounding rounding) {
      return rounding == WeightRounding.FP8 && dtype == DType.BF16 ? FP8_INPUTS_BOUND : bound;
    }
  }

  private static final double FP8_INPUTS_BOUND = 0.2;

  private static final List<Precision> PRECISIONS =
      List.of(new Precision(DType.F32, 1e-3), new Precision(DType.BF16, 0.05));

  /** See above. */
  public static void main(String[] args) throws IOException {
    if (args.length != 2) {
      System.err.println("BackendCheck MODEL BACKEND");
      System.exit(2);
      return;
    }
    boolean isSound = true;
    for (WeightRounding rounding : WeightRounding.values()) {
      try (ModelDirectory model = ModelDirectory.open(Path.of(args[0]), rounding)) {
        float[][] expected = logits(model, "reference", DType.F32);
        for (Precision precision : PRECISIONS) {
          double worst = worst(expected, logits(model, args[1], precision.dtype()));
          // NaN is not near.
          double bound = precision.bound(rounding);
          boolean isNear = worst <= bound;
          System.out.printf(
              "check %s, weights %s: worst logit off by %.1e of the largest, bound %.0e: %s%n",
              precision.dtype(), rounding, worst, bound, isNear ? "ok" : "FAILED");
          isSound &= isNear;
        }
      }
    }
    System.exit(isSound ? 0 : 1);
  }

  private static float[][] logits(ModelDirectory model, String name, DType dtype) {
    try (Backend backend =
        Backends.discover().open(name, BackendOptions.defaults().withDtype(dtype))) {
      StepDriver driver =
          new StepDriver(model, backend, dtype, MAX_TOKENS, MAX_SEQUENCES, MAX_CONTEXT);
      List<float[]> rows = new ArrayList<>();
      addRows(rows, driver.prefill(MAX_CONTEXT - 1), 1);
      driver.fill();
      for (int i = 0; i < NUM_DECODES; i++) {
        addRows(rows, driver.decode(MAX_SEQUENCES, MAX_CONTEXT - NUM_DECODES + i), MAX_SEQUENCES);
      }
      return rows.toArray(new float[0][]);
    }
  }

  private static void addRows(List<float[]> rows, Tensor logits, int count) {
    for (int row = 0; row < count; row++) {
      float[] values = new float[logits.rowLength()];
      logits.readFloats(row, 0, values, 0, values.length);
      rows.add(values);
    }
  }

  private static double worst(float[][] expected, float[][] actual) {
    double largest = 0;
    double worst = 0;
    for (int row = 0; row < expected.length; row++) {
      for (int i = 0; i < expected[row].length; i++) {
        double error = Math.abs(actual[row][i] - expected[row][i]);
        if (Double.isNaN(error)) {
          return Double.NaN;
        }
        largest = Math.max(largest, Math.abs(expected[row][i]));
        worst = Math.max(worst, error);
      }
    }
    return worst / largest;
  }
}
