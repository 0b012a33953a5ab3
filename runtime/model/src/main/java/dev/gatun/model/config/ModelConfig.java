package dev.gatun.model.config;

import com.fasterxml.jackson.databind.JsonNode;
import dev.gatun.model.ModelLoadException;
import dev.gatun.model.spec.QuantizationSpec;
import dev.gatun.model.spec.RopeSpec;
import dev.gatun.tensor.Activation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A decoder's config.json with the defaults of its architecture filled in; names as in the file.
 *
 * @param windows sliding window of each layer in tokens, 0 for none; as many as layers
 * @param dtype {@code dtype} or {@code torch_dtype} as written, empty if absent; the weight files
 *     say for themselves how they are stored
 * @param eosTokenIds empty if absent
 * @param quantization of the linear layers; empty if they are stored as floats
 */
public record ModelConfig(
    String architecture,
    int vocabSize,
    int hiddenSize,
    int intermediateSize,
    int numHeads,
    int numKvHeads,
    int headDim,
    int maxPositionEmbeddings,
    float rmsNormEps,
    Activation hiddenAct,
    RopeSpec rope,
    List<Integer> windows,
    boolean tieWordEmbeddings,
    boolean attentionBias,
    boolean mlpBias,
    String dtype,
    List<Integer> eosTokenIds,
    Optional<QuantizationSpec> quantization) {
  /** Bounds keep every product of two dimensions inside an int. */
  private static final int MAX_DIM = 1 << 24;

  private static final int MAX_HEADS = 1 << 14;
  private static final int MAX_HEAD_DIM = 1 << 14;
  private static final int MAX_LAYERS = 1 << 12;

  private static final Map<String, Activation> ACTIVATIONS =
      Map.of(
          "silu", Activation.SILU,
          "swish", Activation.SILU,
          "gelu", Activation.GELU,
          "gelu_new", Activation.GELU_TANH,
          "gelu_pytorch_tanh", Activation.GELU_TANH,
          "relu", Activation.RELU);

  public ModelConfig {
    windows = List.copyOf(windows);
    eosTokenIds = List.copyOf(eosTokenIds);
  }

  /**
   * Understands a config.json.
   *
   * @param architecture one of the names in the file
   * @throws ModelLoadException naming the field, its value and what is accepted
   */
  public static ModelConfig of(ConfigFile file, String architecture, ConfigDefaults defaults) {
    JsonFields fields = file.fields();
    int numHeads = fields.requiredInt("num_attention_heads", 1, MAX_HEADS);
    int hiddenSize = fields.requiredInt("hidden_size", 1, MAX_DIM);
    int numLayers = fields.requiredInt("num_hidden_layers", 1, MAX_LAYERS);
    int maxPositions =
        fields.optionalInt(
            "max_position_embeddings", defaults.maxPositionEmbeddings(), 1, Integer.MAX_VALUE);
    return new ModelConfig(
        architecture,
        fields.requiredInt("vocab_size", 1, MAX_DIM),
        hiddenSize,
        fields.requiredInt("intermediate_size", 1, MAX_DIM),
        numHeads,
        numKvHeads(fields, numHeads, defaults.numKvHeads()),
        headDim(fields, hiddenSize, numHeads, defaults.headDim()),
        maxPositions,
        (float) fields.optionalDouble("rms_norm_eps", 1e-6, 0),
        activation(fields),
        RopeFields.read(fields, maxPositions),
        LayerWindows.read(fields, numLayers, defaults.windowRule()),
        fields.optionalBoolean("tie_word_embeddings", false),
        fields.optionalBoolean("attention_bias", false),
        fields.optionalBoolean("mlp_bias", false),
        fields.optionalString("dtype", fields.optionalString("torch_dtype", "")),
        eosTokenIds(fields),
        QuantizationFields.read(fields));
  }

  private static int numKvHeads(JsonFields fields, int numHeads, OptionalInt absent) {
    String name = "num_key_value_heads";
    int fallback = fields.isAbsent(name) ? absent.orElse(numHeads) : numHeads;
    int numKvHeads = fields.optionalInt(name, fallback, 1, MAX_HEADS);
    if (numHeads % numKvHeads != 0) {
      throw fields.refused(name, numKvHeads, "a divisor of num_attention_heads " + numHeads);
    }
    return numKvHeads;
  }

  private static int headDim(JsonFields fields, int hiddenSize, int numHeads, OptionalInt absent) {
    String name = "head_dim";
    if (fields.node(name) == null && (!fields.isAbsent(name) || absent.isEmpty())) {
      if (hiddenSize % numHeads != 0) {
        throw fields.refused(
            "hidden_size", hiddenSize, "a multiple of num_attention_heads " + numHeads);
      }
      return evenHeadDim(fields, hiddenSize / numHeads);
    }
    return evenHeadDim(fields, fields.optionalInt(name, absent.orElse(0), 2, MAX_HEAD_DIM));
  }

  private static int evenHeadDim(JsonFields fields, int headDim) {
    if (headDim % 2 != 0 || headDim > MAX_HEAD_DIM) {
      throw fields.refused("head_dim", headDim, "an even number up to " + MAX_HEAD_DIM);
    }
    return headDim;
  }

  private static Activation activation(JsonFields fields) {
    String name = fields.optionalString("hidden_act", "silu");
    Activation activation = ACTIVATIONS.get(name);
    if (activation == null) {
      throw fields.refused(
          "hidden_act", name, "one of " + ACTIVATIONS.keySet().stream().sorted().toList());
    }
    return activation;
  }

  private static List<Integer> eosTokenIds(JsonFields fields) {
    String name = "eos_token_id";
    JsonNode value = fields.node(name);
    if (value == null) {
      return List.of();
    }
    if (!value.isArray()) {
      return List.of(fields.requiredInt(name, 0, MAX_DIM));
    }
    List<Integer> ids = new ArrayList<>();
    for (JsonNode id : value) {
      if (!id.isInt() || id.intValue() < 0) {
        throw fields.refused(name, value, "token ids");
      }
      ids.add(id.intValue());
    }
    return ids;
  }

  public int numLayers() {
    return windows.size();
  }
}
