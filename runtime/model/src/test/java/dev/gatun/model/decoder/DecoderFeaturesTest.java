package dev.gatun.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.gatun.model.directory.ModelDirectory;
import dev.gatun.model.golden.DecoderDriver;
import dev.gatun.model.spec.BlockFeature;
import dev.gatun.model.spec.RopeScaling;
import dev.gatun.model.weights.WeightFiles;
import dev.gatun.tensor.Activation;
import dev.gatun.tensor.Backend;
import dev.gatun.tensor.BackendOptions;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.reference.ReferenceBackend;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Features that no golden model has, on random weights against {@link PlainDecoder}. */
final class DecoderFeaturesTest {
  private static final int VOCAB = 37;
  private static final int HIDDEN = 20;
  private static final int INTERMEDIATE = 26;
  private static final int LAYERS = 3;
  private static final int NUM_TOKENS = 23;
  private static final String EMBEDDING = "model.embed_tokens";
  private static final String HEAD = "lm_head";

  @TempDir private Path directory;

  private static String config(String architecture, String more) {
    return """
    {"architectures": ["%s"], "vocab_size": %d, "hidden_size": %d, "intermediate_size": %d,
     "num_hidden_layers": %d, %s}\
    """
        .formatted(architecture, VOCAB, HIDDEN, INTERMEDIATE, LAYERS, more);
  }

  /** Blocks and final norm; embedding and head are up to the test. */
  private static RandomCheckpoint blocks(
      DType dtype, long seed, int q, int kv, List<BlockFeature> features, int headDim) {
    RandomCheckpoint out = new RandomCheckpoint(dtype, seed).norm("model.norm", HIDDEN);
    boolean qkvBias = features.contains(BlockFeature.QKV_BIAS);
    boolean mlpBias = features.contains(BlockFeature.MLP_BIAS);
    for (int layer = 0; layer < LAYERS; layer++) {
      String block = "model.layers." + layer + ".";
      String attention = block + "self_attn.";
      out.norm(block + "input_layernorm", HIDDEN)
          .norm(block + "post_attention_layernorm", HIDDEN)
          .linear(attention + "q_proj", q, HIDDEN, qkvBias)
          .linear(attention + "k_proj", kv, HIDDEN, qkvBias)
          .linear(attention + "v_proj", kv, HIDDEN, qkvBias)
          .linear(attention + "o_proj", HIDDEN, q, features.contains(BlockFeature.OUTPUT_BIAS))
          .linear(block + "mlp.gate_proj", INTERMEDIATE, HIDDEN, mlpBias)
          .linear(block + "mlp.up_proj", INTERMEDIATE, HIDDEN, mlpBias)
          .linear(block + "mlp.down_proj", HIDDEN, INTERMEDIATE, mlpBias);
      if (features.contains(BlockFeature.QK_NORM)) {
        out.norm(attention + "q_norm", headDim).norm(attention + "k_norm", headDim);
      }
    }
    return out;
  }

  private void assertMatchesOracle(ModelDirectory model, String embedding, String head) {
    int[] ids = new Random(3).ints(NUM_TOKENS, 0, VOCAB).toArray();
    try (WeightFiles files = WeightFiles.open(directory);
        Backend backend = new ReferenceBackend(BackendOptions.defaults())) {
      double[][] expected = new PlainDecoder(model.spec(), files).logits(ids, embedding, head);
      DecoderDriver driver = new DecoderDriver(model, backend, 5, 64, 1, 1);
      DecoderDriver.Sequence sequence = driver.sequence(ids);
      List<float[]> actual = driver.step(List.of(new DecoderDriver.Chunk(sequence, NUM_TOKENS)));

      for (int t = 0; t < NUM_TOKENS; t++) {
        for (int id = 0; id < VOCAB; id++) {
          assertThat((double) actual.get(t)[id])
              .as("logit of %d at %d", id, t)
              // Float32 rounding over three layers of logits around 1.
              .isCloseTo(expected[t][id], within(1e-4));
        }
      }
    }
  }

  @Test
  void llamaWithEveryBiasLinearRopeAndGelu() throws IOException {
    List<BlockFeature> biases =
        List.of(BlockFeature.QKV_BIAS, BlockFeature.OUTPUT_BIAS, BlockFeature.MLP_BIAS);
    blocks(DType.F16, 1, 24, 12, biases, 6)
        .linear(EMBEDDING, VOCAB, HIDDEN, false)
        .linear(HEAD, VOCAB, HIDDEN, false)
        .write(
            directory,
            config(
                "LlamaForCausalLM",
                """
                "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 6,
                "attention_bias": true, "mlp_bias": true, "hidden_act": "gelu_pytorch_tanh",
                "rope_scaling": {"type": "linear", "factor": 4.0}\
                """));

    try (ModelDirectory model = ModelDirectory.open(directory)) {
      assertThat(model.spec().features()).containsAll(biases);
      assertThat(model.spec().mlp().activation()).isEqualTo(Activation.GELU_TANH);
      assertThat(model.spec().attention().rope().scaling()).isEqualTo(new RopeScaling.Linear(4));
      assertMatchesOracle(model, EMBEDDING, HEAD);
    }
  }

  @Test
  void qwen3WithBiasAndWindowsInSomeLayers() throws IOException {
    List<BlockFeature> features =
        List.of(BlockFeature.QKV_BIAS, BlockFeature.OUTPUT_BIAS, BlockFeature.QK_NORM);
    blocks(DType.BF16, 2, 12, 4, features, 4)
        .linear(EMBEDDING, VOCAB, HIDDEN, false)
        .write(
            directory,
            config(
                "Qwen3ForCausalLM",
                """
                "num_attention_heads": 3, "num_key_value_heads": 1, "head_dim": 4,
                "attention_bias": true, "tie_word_embeddings": true, "use_sliding_window": true,
                "sliding_window": 5, "rms_norm_eps": 0.01,
                "layer_types": ["full_attention", "sliding_attention", "full_attention"]\
                """));

    try (ModelDirectory model = ModelDirectory.open(directory)) {
      assertThat(model.spec().windows()).containsExactly(0, 5, 0);
      assertMatchesOracle(model, EMBEDDING, EMBEDDING);
    }
  }

  @Test
  void qwen2WithAWindowFromALayerOnAndAHeadOfItsOwnDespiteTying() throws IOException {
    blocks(DType.F32, 3, 20, 20, List.of(BlockFeature.QKV_BIAS), 4)
        .linear(EMBEDDING, VOCAB, HIDDEN, false)
        .linear(HEAD, VOCAB, HIDDEN, false)
        .write(
            directory,
            config(
                "Qwen2ForCausalLM",
                """
                "num_attention_heads": 5, "num_key_value_heads": null, "hidden_act": "relu",
                "tie_word_embeddings": true, "use_sliding_window": true, "sliding_window": 3,
                "max_window_layers": 1,
                "rope_parameters": {"rope_theta": 100.0, "rope_type": "default"}\
                """));

    try (ModelDirectory model = ModelDirectory.open(directory)) {
      assertThat(model.spec().windows()).containsExactly(0, 3, 3);
      assertMatchesOracle(model, EMBEDDING, HEAD);
    }
  }

  @Test
  void tiedModelWhoseFileHasTheHeadAlone() throws IOException {
    blocks(DType.F32, 4, 24, 24, List.of(), 12)
        .linear(HEAD, VOCAB, HIDDEN, false)
        .write(
            directory,
            config(
                "LlamaForCausalLM",
                """
                "num_attention_heads": 2, "head_dim": 12, "tie_word_embeddings": true\
                """));

    try (ModelDirectory model = ModelDirectory.open(directory)) {
      assertMatchesOracle(model, HEAD, HEAD);
    }
  }
}
