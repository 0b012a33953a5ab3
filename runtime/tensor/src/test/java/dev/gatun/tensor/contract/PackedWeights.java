package dev.gatun.tensor.contract;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.InputRounding;
import dev.gatun.tensor.PackedBlock;
import dev.gatun.tensor.PackedLayout;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.WeightFormat;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Random quantised weights, packed here by the letter of each format's description and not by the
 * code under test.
 *
 * @param block as a checkpoint would hold it
 * @param weights what it means, {@code [out][in]}
 */
record PackedWeights(PackedBlock block, float[][] weights) {
  private static final int[] AWQ_ORDER = {0, 2, 4, 6, 1, 3, 5, 7};

  /**
   * What is made.
   *
   * @param groupSize inFeatures for one group per row
   * @param isShuffled whether columns belong to groups in random order
   * @param inputs what inputs may be rounded to
   */
  record Form(
      PackedLayout layout,
      WeightFormat format,
      DType scaleType,
      int inFeatures,
      int groupSize,
      boolean isShuffled,
      InputRounding inputs) {
    int numGroups() {
      return Math.ceilDiv(inFeatures, groupSize);
    }

    private int words(int count) {
      return Math.ceilDiv(count * format.bits(), 32);
    }
  }

  static PackedWeights random(Random random, Form form, int outFeatures) {
    int in = form.inFeatures();
    int groups = form.numGroups();
    int levels = 1 << form.format().bits();
    int[] groupOf = groupOf(random, form);
    int[][] values = new int[outFeatures][in];
    int[][] zeros = new int[outFeatures][groups];
    float[][] scales = Fixture.uniform(random, form.scaleType(), outFeatures, groups);
    float[][] weights = new float[outFeatures][in];
    for (int o = 0; o < outFeatures; o++) {
      for (int g = 0; g < groups; g++) {
        zeros[o][g] = form.layout().hasZeros() ? zero(random, form.layout()) : levels / 2;
        scales[o][g] = Rounding.round(form.scaleType(), scales[o][g] / levels);
      }
      for (int i = 0; i < in; i++) {
        values[o][i] = random.nextInt(levels);
        weights[o][i] = scales[o][groupOf[i]] * (values[o][i] - zeros[o][groupOf[i]]);
      }
    }
    PackedBlock block =
        new PackedBlock(
            form.layout(),
            form.format(),
            outFeatures,
            in,
            form.groupSize(),
            pack(form, values),
            scales(form, scales),
            zeros(form, zeros),
            form.isShuffled() ? ints(groupOf) : null,
            form.inputs());
    return new PackedWeights(block, weights);
  }

  /** GPTQ stores one less, so it can mean 16 and cannot mean 0. */
  private static int zero(Random random, PackedLayout layout) {
    return random.nextInt(16) + (layout == PackedLayout.GPTQ ? 1 : 0);
  }

  private static int[] groupOf(Random random, Form form) {
    int[] groups = new int[form.inFeatures()];
    for (int i = 0; i < groups.length; i++) {
      groups[i] = i / form.groupSize();
    }
    for (int i = groups.length - 1; form.isShuffled() && i > 0; i--) {
      int other = random.nextInt(i + 1);
      int group = groups[i];
      groups[i] = groups[other];
      groups[other] = group;
    }
    return groups;
  }

  private static Tensor pack(Form form, int[][] values) {
    int out = values.length;
    int in = form.inFeatures();
    int n = 32 / form.format().bits();
    return switch (form.layout()) {
      case AWQ -> {
        int[][] words = new int[in][form.words(out)];
        for (int i = 0; i < in; i++) {
          for (int lane = 0; lane < out; lane++) {
            int feature = lane / 8 * 8 + AWQ_ORDER[lane % 8];
            words[i][lane / 8] |= values[feature][i] << (lane % 8 * 4);
          }
        }
        yield words(words);
      }
      case GPTQ -> {
        int[][] words = new int[form.words(in)][out];
        for (int o = 0; o < out; o++) {
          for (int i = 0; i < in; i++) {
            words[i / 8][o] |= values[o][i] << (i % 8 * 4);
          }
        }
        yield words(words);
      }
      case ROWS -> {
        int[][] words = new int[out][form.words(in)];
        for (int o = 0; o < out; o++) {
          for (int i = 0; i < in; i++) {
            words[o][i / n] |= values[o][i] << (i % n * form.format().bits());
          }
        }
        yield words(words);
      }
      case BYTES -> {
        Tensor bytes = Tensor.onHost(DType.I8, Shape.of(out, in));
        for (int o = 0; o < out; o++) {
          for (int i = 0; i < in; i++) {
            bytes.data().asByteBuffer().put(o * in + i, (byte) (values[o][i] - 128));
          }
        }
        yield bytes;
      }
    };
  }

  private static @Nullable Tensor zeros(Form form, int[][] zeros) {
    int out = zeros.length;
    int[][] words = new int[form.numGroups()][form.words(out)];
    for (int g = 0; g < form.numGroups(); g++) {
      for (int lane = 0; lane < out; lane++) {
        boolean isAwq = form.layout() == PackedLayout.AWQ;
        int feature = isAwq ? lane / 8 * 8 + AWQ_ORDER[lane % 8] : lane;
        if (form.layout().hasZeros()) {
          words[g][lane / 8] |= (zeros[feature][g] - (isAwq ? 0 : 1)) << (lane % 8 * 4);
        }
      }
    }
    return form.layout().hasZeros() ? words(words) : null;
  }

  private static Tensor scales(Form form, float[][] scales) {
    boolean isTransposed = form.layout().hasZeros();
    int out = scales.length;
    int groups = form.numGroups();
    Tensor tensor =
        Tensor.onHost(
            form.scaleType(), isTransposed ? Shape.of(groups, out) : Shape.of(out, groups));
    for (int o = 0; o < out; o++) {
      for (int g = 0; g < groups; g++) {
        tensor.setFloat(isTransposed ? g : o, isTransposed ? o : g, scales[o][g]);
      }
    }
    return tensor;
  }

  private static Tensor words(int[][] words) {
    int columns = words[0].length;
    Tensor flat = Tensor.onHost(DType.I32, Shape.of((long) words.length * columns));
    for (int i = 0; i < words.length * columns; i++) {
      flat.setInt(i, words[i / columns][i % columns]);
    }
    return flat.reshape(Shape.of(words.length, columns));
  }

  private static Tensor ints(int[] values) {
    Tensor tensor = Tensor.onHost(DType.I32, Shape.of(values.length));
    for (int i = 0; i < values.length; i++) {
      tensor.setInt(i, values[i]);
    }
    return tensor;
  }
}
