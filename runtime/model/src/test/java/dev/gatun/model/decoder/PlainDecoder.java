package dev.gatun.model.decoder;

import dev.gatun.model.spec.AttentionSpec;
import dev.gatun.model.spec.ModelSpec;
import dev.gatun.model.spec.RopeScaling;
import dev.gatun.model.weights.WeightFiles;
import dev.gatun.tensor.Activation;
import dev.gatun.tensor.Tensor;
import java.util.Optional;

/**
 * The oracle for features that no golden covers: a whole sequence at once, in double, no cache, no
 * fusion, weights by Hugging Face's names. A bias or norm is used if the file has it.
 */
final class PlainDecoder {
  private final ModelSpec spec;
  private final WeightFiles files;

  PlainDecoder(ModelSpec spec, WeightFiles files) {
    this.spec = spec;
    this.files = files;
  }

  /** Logits of every position, {@code [ids.length][vocabSize]}. */
  double[][] logits(int[] ids, String embedding, String head) {
    double[][] hidden = new double[ids.length][];
    for (int t = 0; t < ids.length; t++) {
      hidden[t] = row(files.find(embedding + ".weight").orElseThrow(), ids[t]);
    }
    for (int layer = 0; layer < spec.numLayers(); layer++) {
      String block = "model.layers." + layer + ".";
      addTo(hidden, attention(block, spec.windows().get(layer), hidden));
      addTo(hidden, mlp(block, hidden));
    }
    return linear(head, norm("model.norm", hidden));
  }

  private double[][] attention(String block, int window, double[][] hidden) {
    AttentionSpec attention = spec.attention();
    double[][] x = norm(block + "input_layernorm", hidden);
    double[][] q = linear(block + "self_attn.q_proj", x);
    double[][] k = linear(block + "self_attn.k_proj", x);
    double[][] v = linear(block + "self_attn.v_proj", x);
    turnHeads(block + "self_attn.q_norm", q);
    turnHeads(block + "self_attn.k_norm", k);
    int headDim = attention.headDim();
    int group = attention.numHeads() / attention.numKvHeads();
    double[][] out = new double[x.length][attention.qSize()];
    for (int t = 0; t < x.length; t++) {
      int first = window == 0 ? 0 : Math.max(0, t - window + 1);
      for (int head = 0; head < attention.numHeads(); head++) {
        int at = head * headDim;
        int kvAt = head / group * headDim;
        double[] weights = new double[t + 1];
        double sum = 0;
        for (int s = first; s <= t; s++) {
          double score = 0;
          for (int i = 0; i < headDim; i++) {
            score += q[t][at + i] * k[s][kvAt + i];
          }
          weights[s] = Math.exp(score / Math.sqrt(headDim));
          sum += weights[s];
        }
        for (int s = first; s <= t; s++) {
          for (int i = 0; i < headDim; i++) {
            out[t][at + i] += weights[s] / sum * v[s][kvAt + i];
          }
        }
      }
    }
    return linear(block + "self_attn.o_proj", out);
  }

  /** Norm per head if the file has one, then rope. */
  private void turnHeads(String norm, double[][] rows) {
    int headDim = spec.attention().headDim();
    Optional<Tensor> weight = files.find(norm + ".weight");
    for (int position = 0; position < rows.length; position++) {
      for (int at = 0; at < rows[position].length; at += headDim) {
        double[] head = new double[headDim];
        System.arraycopy(rows[position], at, head, 0, headDim);
        double[] normed = weight.isPresent() ? normed(head, weight.get()) : head;
        for (int i = 0; i < headDim / 2; i++) {
          double angle = position * frequency(i, headDim);
          double a = normed[i];
          double b = normed[i + headDim / 2];
          rows[position][at + i] = a * Math.cos(angle) - b * Math.sin(angle);
          rows[position][at + i + headDim / 2] = b * Math.cos(angle) + a * Math.sin(angle);
        }
      }
    }
  }

  private double frequency(int i, int headDim) {
    double frequency = 1 / Math.pow(spec.attention().rope().theta(), 2.0 * i / headDim);
    return switch (spec.attention().rope().scaling()) {
      case RopeScaling.None _ -> frequency;
      case RopeScaling.Linear linear -> frequency / linear.factor();
      case RopeScaling.Llama3 _ -> throw new AssertionError("covered by goldens");
    };
  }

  private double[][] mlp(String block, double[][] hidden) {
    double[][] x = norm(block + "post_attention_layernorm", hidden);
    double[][] gate = linear(block + "mlp.gate_proj", x);
    double[][] up = linear(block + "mlp.up_proj", x);
    for (int t = 0; t < x.length; t++) {
      for (int i = 0; i < up[t].length; i++) {
        up[t][i] *= activation(spec.mlp().activation(), gate[t][i]);
      }
    }
    return linear(block + "mlp.down_proj", up);
  }

  private static double activation(Activation activation, double x) {
    return switch (activation) {
      case SILU -> x / (1 + Math.exp(-x));
      case RELU -> Math.max(x, 0);
      case GELU_TANH ->
          0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
      case GELU -> throw new AssertionError("no erf in Java; the backend contract covers it");
    };
  }

  private double[][] linear(String name, double[][] x) {
    Tensor weight = files.find(name + ".weight").orElseThrow();
    Optional<Tensor> bias = files.find(name + ".bias");
    double[][] out = new double[x.length][weight.numRows()];
    for (int row = 0; row < weight.numRows(); row++) {
      double[] w = row(weight, row);
      // A tensor of rank 1 has one element per row.
      double b = bias.isPresent() ? bias.get().getFloat(row, 0) : 0;
      for (int t = 0; t < x.length; t++) {
        double sum = b;
        for (int i = 0; i < w.length; i++) {
          sum += w[i] * x[t][i];
        }
        out[t][row] = sum;
      }
    }
    return out;
  }

  private double[][] norm(String name, double[][] x) {
    Tensor weight = files.find(name + ".weight").orElseThrow();
    double[][] out = new double[x.length][];
    for (int t = 0; t < x.length; t++) {
      out[t] = normed(x[t], weight);
    }
    return out;
  }

  private double[] normed(double[] x, Tensor weight) {
    double squares = 0;
    for (double value : x) {
      squares += value * value;
    }
    double scale = 1 / Math.sqrt(squares / x.length + spec.rmsNormEps());
    double[] out = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      out[i] = x[i] * scale * weight.getFloat(i, 0);
    }
    return out;
  }

  private static double[] row(Tensor tensor, int row) {
    double[] values = new double[tensor.rowLength()];
    for (int i = 0; i < values.length; i++) {
      values[i] = tensor.getFloat(row, i);
    }
    return values;
  }

  private static void addTo(double[][] sum, double[][] x) {
    for (int t = 0; t < sum.length; t++) {
      for (int i = 0; i < sum[t].length; i++) {
        sum[t][i] += x[t][i];
      }
    }
  }
}
