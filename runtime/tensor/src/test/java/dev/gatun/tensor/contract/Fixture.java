package dev.gatun.tensor.contract;

import dev.gatun.tensor.Backend;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.LinearSource;
import dev.gatun.tensor.LinearWeight;
import dev.gatun.tensor.Ops;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.WeightFormat;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/**
 * The backend under test with the means to bring data in and out. Every tensor made here is new, so
 * an op that writes in place spoils no other call.
 */
public final class Fixture {
  /** Columns of NaN left and right of a strided tensor; odd, so that nothing is aligned. */
  static final int PAD = 3;

  private final Backend backend;
  private final long seed;
  private final boolean roundsInputs;
  private final DType linearInputs;
  private final boolean roundsAttention;
  private final double fp8WeightRoundoff;

  Fixture(
      Backend backend,
      long seed,
      boolean roundsInputs,
      DType linearInputs,
      boolean roundsAttention,
      double fp8WeightRoundoff) {
    this.roundsAttention = roundsAttention;
    this.fp8WeightRoundoff = fp8WeightRoundoff;
    this.backend = backend;
    this.seed = seed;
    this.roundsInputs = roundsInputs;
    this.linearInputs = linearInputs;
  }

  /** Largest relative error of an input that meets weights of the format. */
  double inputRoundoff(WeightFormat format) {
    boolean isRounded = linearInputs == DType.BF16 && format.storage() == DType.BF16;
    return isRounded ? 0x1p-8 : 0;
  }

  /** Largest relative error of the softmax weights that meet the values. */
  double attentionRoundoff(DType activation) {
    return roundsAttention && activation == DType.BF16 ? Rounding.roundoff(DType.BF16) : 0;
  }

  /** See {@link BackendContract#fp8WeightRoundoff}. */
  double fp8WeightRoundoff() {
    return fp8WeightRoundoff;
  }

  /** See {@link BackendContract#roundsInputs}. */
  boolean roundsInputs() {
    return roundsInputs;
  }

  Backend backend() {
    return backend;
  }

  Ops ops() {
    return backend.ops();
  }

  /** Inputs of one case; the same for the same case and seed. */
  Random random(String caseName) {
    return new Random(seed * 0x9e3779b97f4a7c15L + caseName.hashCode());
  }

  /** Activation types to test: F32 and the backend's own. */
  List<DType> activationTypes() {
    return Stream.of(DType.F32, backend.activationType()).distinct().toList();
  }

  /** Types that weights and tables come in. */
  static List<DType> storageTypes() {
    return List.of(DType.F32, DType.F16, DType.BF16);
  }

  /** Types that the backend keeps keys and values in. */
  List<DType> cacheTypes() {
    return Arrays.stream(DType.values()).filter(backend::supportsKvCache).toList();
  }

  /** Those whose elements are numbers by themselves. */
  List<DType> floatCacheTypes() {
    return cacheTypes().stream().filter(dtype -> dtype != DType.I8).toList();
  }

  /** Values in [-1, 1) that the type holds exactly. */
  static float[][] uniform(Random random, DType dtype, int rows, int columns) {
    float[][] values = new float[rows][columns];
    for (float[] row : values) {
      for (int i = 0; i < columns; i++) {
        row[i] = Rounding.round(dtype, random.nextFloat() * 2 - 1);
      }
    }
    return values;
  }

  static float[] uniform(Random random, DType dtype, int length) {
    return uniform(random, dtype, 1, length)[0];
  }

  /** A matrix of rank 2 on the backend. */
  Tensor matrix(DType dtype, float[][] values) {
    return backend.place(hostMatrix(dtype, values));
  }

  /** A vector of rank 1 on the backend. */
  Tensor vector(DType dtype, float... values) {
    return backend.place(hostVector(dtype, values));
  }

  /** An I32 vector on the backend. */
  Tensor ints(int... values) {
    Tensor host = host(DType.I32, values.length);
    for (int i = 0; i < values.length; i++) {
      host.setInt(i, values[i]);
    }
    return backend.place(host);
  }

  /** A tensor full of NaN: what an op leaves out, or reads before it is written, shows. */
  Tensor poisoned(DType dtype, long... dims) {
    Tensor host = host(dtype, dims);
    if (dtype == DType.I8) {
      host.data().fill((byte) -1); // A scale of such bytes is NaN.
      return backend.place(host);
    }
    for (int row = 0; row < host.numRows(); row++) {
      for (int i = 0; i < host.rowLength(); i++) {
        host.setFloat(row, i, Float.NaN);
      }
    }
    return backend.place(host);
  }

  /** The matrix as a column range of a wider one that is NaN elsewhere. */
  Strided strided(DType dtype, float[][] values) {
    int columns = values[0].length;
    float[][] wide = new float[values.length][columns + 2 * PAD];
    for (int row = 0; row < values.length; row++) {
      Arrays.fill(wide[row], Float.NaN);
      System.arraycopy(values[row], 0, wide[row], PAD, columns);
    }
    Tensor all = matrix(dtype, wide);
    return new Strided(all, all.columns(PAD, PAD + columns));
  }

  Strided stridedPoison(DType dtype, int rows, int columns) {
    Tensor all = poisoned(dtype, rows, columns + 2L * PAD);
    return new Strided(all, all.columns(PAD, PAD + columns));
  }

  /**
   * @param all the wide tensor
   * @param view its middle columns
   */
  record Strided(Tensor all, Tensor view) {}

  /** Weight of one block without bias. */
  LinearWeight linear(WeightFormat format, float[][] block) {
    return linear(format, Collections.singletonList(block), List.of());
  }

  /** Weight given as row blocks; biases are stored like the weight. */
  LinearWeight linear(WeightFormat format, List<float[][]> blocks, List<float[]> biases) {
    return backend.placeLinear(
        LinearSource.plain(
            "weight",
            blocks.stream().map(block -> hostMatrix(format.storage(), block)).toList(),
            biases.stream().map(bias -> hostVector(format.storage(), bias)).toList()));
  }

  static Tensor hostMatrix(DType dtype, float[][] values) {
    int columns = values.length == 0 ? 0 : values[0].length;
    Tensor host = host(dtype, values.length, columns);
    for (int row = 0; row < values.length; row++) {
      host.writeFloats(row, 0, values[row], 0, columns);
    }
    return host;
  }

  static Tensor hostVector(DType dtype, float... values) {
    Tensor host = host(dtype, values.length);
    for (int i = 0; i < values.length; i++) {
      host.setFloat(i, 0, values[i]);
    }
    return host;
  }

  private static Tensor host(DType dtype, long... dims) {
    Shape shape = Shape.of(dims);
    return Tensor.of(
        dtype, shape, Arena.ofAuto().allocate(shape.numElements() * dtype.bytes(), 64));
  }

  /** All rows of a tensor. */
  float[][] read(Tensor tensor) {
    float[][] rows = new float[tensor.numRows()][tensor.rowLength()];
    for (int row = 0; row < rows.length; row++) {
      backend.readFloats(tensor, row, rows[row]);
    }
    return rows;
  }

  /** Chosen rows of an array, in the order given. */
  static float[][] pick(float[][] values, int... rows) {
    return Arrays.stream(rows).mapToObj(row -> values[row]).toArray(float[][]::new);
  }
}
