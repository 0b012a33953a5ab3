package dev.gatun.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatun.model.ModelLoadException;
import dev.gatun.model.directory.ModelDirectory;
import dev.gatun.model.golden.TestModels;
import dev.gatun.model.spec.ModelSpec;
import dev.gatun.model.spec.RopeTable;
import dev.gatun.model.spec.TensorNames;
import dev.gatun.model.spec.WeightRounding;
import dev.gatun.tensor.AttentionBatch;
import dev.gatun.tensor.BackendOptions;
import dev.gatun.tensor.BatchLimits;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.KvLayer;
import dev.gatun.tensor.Op;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.WeightFormat;
import dev.gatun.tensor.reference.ReferenceBackend;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class DecoderBuildTest {
  private static final BatchLimits LIMITS = new BatchLimits(9, 3, 5, 4);
  private static final int MAX_MODEL_LEN = 33;

  @TempDir private Path directory;

  private final ObservedBackend backend =
      new ObservedBackend(new ReferenceBackend(BackendOptions.defaults()));

  static List<String> models() {
    return TestModels.names();
  }

  @AfterEach
  void close() {
    backend.close();
  }

  private Decoder build(ModelDirectory model) {
    return Decoder.build(model.spec(), model.weights(), backend, LIMITS, MAX_MODEL_LEN);
  }

  @ParameterizedTest
  @MethodSource("models")
  void workspaceBytesAreExactlyWhatBuildingClaims(String name) {
    try (ModelDirectory model = ModelDirectory.open(TestModels.path(name))) {
      build(model);

      Tensor cosSin = backend.placed().getLast();
      assertThat(cosSin.data().byteSize())
          .isEqualTo(RopeTable.bytes(model.spec().attention().headDim(), MAX_MODEL_LEN));
      assertThat(Decoder.workspaceBytes(model.spec(), LIMITS, MAX_MODEL_LEN, DType.F32))
          .isEqualTo(backend.allocatedBytes() + cosSin.data().byteSize());
    }
  }

  @Test
  void forwardAllocatesNothingOnTheBackend() {
    try (ModelDirectory model = ModelDirectory.open(TestModels.path("tiny-llama3"))) {
      Decoder decoder = build(model);
      AttentionBatch batch = backend.newBatch(LIMITS);
      List<KvLayer> cache =
          KvCacheTensors.allocate(backend, KvCacheShape.of(model.spec(), 4, DType.F32), 3);
      long before = backend.allocatedBytes();
      batch.clear();
      batch.beginSequence(2);
      batch.addBlock(1);
      batch.addToken(5, 0, 4);
      batch.addToken(6, 1, 5);

      Tensor logits = decoder.forward(batch, cache);

      assertThat(backend.allocatedBytes()).isEqualTo(before);
      assertThat(logits.shape().toArray()).containsExactly(4, 512);
      assertThat(logits.dtype()).isEqualTo(DType.F32);
      assertThat(cache.get(1).keys().getFloat(1, 0)).isNotZero();
    }
  }

  @Test
  void refusesEmptyBatchesAndForeignCaches() {
    try (ModelDirectory model = ModelDirectory.open(TestModels.path("tiny-llama3"))) {
      Decoder decoder = build(model);
      AttentionBatch batch = backend.newBatch(LIMITS);
      List<KvLayer> cache =
          KvCacheTensors.allocate(backend, KvCacheShape.of(model.spec(), 4, DType.F32), 3);
      batch.clear();

      assertThatThrownBy(() -> decoder.forward(batch, cache))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("tokens: 0");
      assertThatThrownBy(() -> decoder.forward(batch, cache.subList(0, 1)))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("KV cache layers: 1");
    }
  }

  @Test
  void weightBytesAreTheFilesAndWhatIsAllocatedBeside() {
    try (ModelDirectory model = ModelDirectory.open(TestModels.path("tiny-llama3"))) {
      assertThat(Decoder.weightBytes(model.spec(), model.weights(), backend))
          .isEqualTo(model.weights().mappedBytes() + 100L * (2 * 4 + 1));
    }
  }

  /** Float32 weights that are packed elsewhere, but for the embedding, which the head shares. */
  @Test
  void weightBytesLeaveOutWhatIsNotReadAgain() {
    backend.readInPlace(Set.of(WeightFormat.F32));
    Path path = TestModels.path("tiny-llama3");
    try (ModelDirectory model = ModelDirectory.open(path, WeightRounding.INT8)) {
      ModelSpec spec = model.spec();
      long q = (long) spec.attention().qSize() * spec.hiddenSize();
      long kv = (long) spec.attention().kvSize() * spec.hiddenSize();
      long mlp = (long) spec.mlp().intermediateSize() * spec.hiddenSize();
      long packed = spec.numLayers() * 4L * (2 * q + 2 * kv + 3 * mlp);

      assertThat(Decoder.weightBytes(spec, model.weights(), backend))
          .isEqualTo(model.weights().mappedBytes() + 100L * (2 * 4 + 1) - packed);
    }
  }

  /** 4 bits where a model bears it: gate, up and o of all layers but the first and the last. */
  @Test
  void roundsEachLayerToWhatItBears() {
    Path path = TestModels.path("tiny-qwen3");
    try (ModelDirectory model = ModelDirectory.open(path, WeightRounding.INT4)) {
      build(model);

      for (int layer = 0; layer < 3; layer++) {
        WeightFormat fewest = layer == 1 ? WeightFormat.INT4 : WeightFormat.INT8;
        assertThat(backend.placedFormat(TensorNames.gateUp(layer))).isEqualTo(fewest);
        assertThat(backend.placedFormat(TensorNames.o(layer))).isEqualTo(fewest);
        assertThat(backend.placedFormat(TensorNames.qkv(layer))).isEqualTo(WeightFormat.INT8);
        assertThat(backend.placedFormat(TensorNames.down(layer))).isEqualTo(WeightFormat.INT8);
      }
      assertThat(backend.placedFormat(TensorNames.HEAD)).isEqualTo(WeightFormat.INT8);
    }
  }

  @Test
  void quantisedWeightsAreNotRoundedAgain() {
    Path path = TestModels.path("tiny-llama3-awq-g32");
    assertThatThrownBy(() -> ModelDirectory.open(path, WeightRounding.INT8))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("quantised already: awq: INT4 weights, groups of 32");
  }

  @ParameterizedTest
  @EnumSource(
      value = Op.class,
      names = {
        "EMBED",
        "RMS_NORM",
        "ADD_RMS_NORM",
        "LINEAR",
        "QK_NORM",
        "ROPE",
        "STORE_KV",
        "PAGED_ATTENTION",
        "GATED_ACTIVATION",
        "GATHER_ROWS"
      })
  void namesTheOpThatTheBackendLacks(Op op) {
    backend.deny(Set.of(op), Set.of());
    try (ModelDirectory model = ModelDirectory.open(TestModels.path("tiny-qwen3"))) {
      assertThatThrownBy(() -> build(model))
          .isInstanceOf(ModelLoadException.class)
          .hasMessageContaining(
              "backend 'observed' does not support op " + op + " with format F32");
    }
    assertThat(backend.allocatedBytes()).isZero();
  }

  @Test
  void doesNotAskForOpsThatTheModelDoesNotUse() {
    backend.deny(Set.of(Op.QK_NORM, Op.LAYER_NORM, Op.ACTIVATION), Set.of(WeightFormat.F16));
    try (ModelDirectory model = ModelDirectory.open(TestModels.path("tiny-llama3"))) {
      assertThat(build(model).spec()).isEqualTo(model.spec());
    }
  }

  @Test
  void namesTheFormatThatTheBackendLacks() {
    backend.deny(Set.of(), Set.of(WeightFormat.BF16));
    try (ModelDirectory model = ModelDirectory.open(TestModels.path("tiny-qwen2"))) {
      assertThatThrownBy(() -> build(model))
          .isInstanceOf(ModelLoadException.class)
          .hasMessageContaining("with format BF16");
    }
  }

  /** Renames a tensor in the header, or changes the config, without touching the data. */
  private ModelDirectory patched(String model, String inWeights, String with, String... config)
      throws IOException {
    Path source = TestModels.path(model);
    byte[] weights = Files.readAllBytes(source.resolve("model.safetensors"));
    byte[] from = inWeights.getBytes(StandardCharsets.ISO_8859_1);
    byte[] to = with.getBytes(StandardCharsets.ISO_8859_1);
    String text = new String(weights, StandardCharsets.ISO_8859_1);
    int at = text.indexOf(inWeights);
    assertThat(at).isPositive();
    assertThat(to).hasSameSizeAs(from);
    System.arraycopy(to, 0, weights, at, to.length);
    Files.write(directory.resolve("model.safetensors"), weights);
    String json = Files.readString(source.resolve("config.json"));
    for (int i = 0; i < config.length; i += 2) {
      assertThat(json).contains(config[i]);
      json = json.replace(config[i], config[i + 1]);
    }
    Files.writeString(directory.resolve("config.json"), json);
    return ModelDirectory.open(directory);
  }

  @ParameterizedTest
  @ValueSource(strings = {"tiny-llama3", "tiny-mistral", "tiny-qwen2", "tiny-qwen3"})
  void namesTensorsThatAreMissing(String name) throws IOException {
    String tensor = "model.layers.1.self_attn.k_proj.weight";
    try (ModelDirectory model = patched(name, tensor, tensor.replace("k_proj", "x_proj"))) {
      assertThatThrownBy(() -> build(model))
          .isInstanceOf(ModelLoadException.class)
          .hasMessage(
              "the weight files have no tensor '" + tensor + "', needed for layers.1.qkv.weight");
    }
  }

  @Test
  void looksForEveryTensorBeforeItPlacesOne() throws IOException {
    String last = "model.layers.2.self_attn.k_norm.weight";
    try (ModelDirectory model = patched("tiny-qwen3", last, last.replace("k_norm", "x_norm"))) {
      assertThatThrownBy(() -> build(model))
          .isInstanceOf(ModelLoadException.class)
          .hasMessageContaining(last);
    }
    assertThat(backend.placed()).isEmpty();
  }

  @Test
  void namesTensorsThatDoNotFitTheConfig() throws IOException {
    String same = "model.norm.weight";
    try (ModelDirectory model =
        patched(
            "tiny-llama3",
            same,
            same,
            "\"intermediate_size\": 256",
            "\"intermediate_size\": 128")) {
      assertThatThrownBy(() -> build(model))
          .isInstanceOf(ModelLoadException.class)
          .hasMessageContaining(
              "'model.layers.0.mlp.gate_proj.weight' has shape [256, 128], config.json asks for"
                  + " [128, 128]");
    }
  }

  @Test
  void untiedModelsNeedTheirHead() throws IOException {
    String same = "model.norm.weight";
    try (ModelDirectory model =
        patched(
            "tiny-llama3",
            same,
            same,
            "\"tie_word_embeddings\": true",
            "\"tie_word_embeddings\": false")) {
      assertThatThrownBy(() -> build(model))
          .isInstanceOf(ModelLoadException.class)
          .hasMessageContaining("no tensor 'lm_head.weight'");
    }
  }
}
