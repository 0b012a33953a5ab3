package dev.gatun.engine.bench.model;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Writes a model of random BF16 weights where it is measured: {@code BenchWeights SHAPE DIRECTORY}.
 * The shapes are those of {@code tools/bench/make_bench_models.py}, which needs Python; values are
 * others, and there is no tokenizer.
 */
public final class BenchWeights {
  private static final Map<String, Shape> SHAPES =
      Map.of(
          "llama-toy", new Shape(64, 2, 4, 2, 16, 128, 512, true, 10_000, 256, 0),
          "llama-tiny", new Shape(256, 4, 8, 4, 32, 704, 4096, true, 10_000, 4096, 0),
          "llama-1b", new Shape(2048, 16, 32, 8, 64, 8192, 128_256, true, 500_000, 131_072, 32),
          "llama-8b", new Shape(4096, 32, 32, 8, 128, 14_336, 128_256, false, 500_000, 131_072, 8));

  private static final int CHUNK_VALUES = 1 << 20;
  private static final float STD = 0.02f;

  private record Shape(
      int hiddenSize,
      int numLayers,
      int numHeads,
      int numKvHeads,
      int headDim,
      int intermediateSize,
      int vocabSize,
      boolean hasTiedHead,
      double ropeTheta,
      int maxPositions,
      double ropeFactor) {}

  private BenchWeights() {}

  /** Every tensor by name with its dimensions, in the order of the file. */
  private static Map<String, int[]> tensors(Shape shape) {
    Map<String, int[]> all = new LinkedHashMap<>();
    int hidden = shape.hiddenSize();
    int q = shape.numHeads() * shape.headDim();
    int kv = shape.numKvHeads() * shape.headDim();
    int ffn = shape.intermediateSize();
    all.put("model.embed_tokens.weight", new int[] {shape.vocabSize(), hidden});
    for (int layer = 0; layer < shape.numLayers(); layer++) {
      String prefix = "model.layers." + layer + ".";
      all.put(prefix + "input_layernorm.weight", new int[] {hidden});
      all.put(prefix + "self_attn.q_proj.weight", new int[] {q, hidden});
      all.put(prefix + "self_attn.k_proj.weight", new int[] {kv, hidden});
      all.put(prefix + "self_attn.v_proj.weight", new int[] {kv, hidden});
      all.put(prefix + "self_attn.o_proj.weight", new int[] {hidden, q});
      all.put(prefix + "post_attention_layernorm.weight", new int[] {hidden});
      all.put(prefix + "mlp.gate_proj.weight", new int[] {ffn, hidden});
      all.put(prefix + "mlp.up_proj.weight", new int[] {ffn, hidden});
      all.put(prefix + "mlp.down_proj.weight", new int[] {hidden, ffn});
    }
    all.put("model.norm.weight", new int[] {hidden});
    if (!shape.hasTiedHead()) {
      all.put("lm_head.weight", new int[] {shape.vocabSize(), hidden});
    }
    return all;
  }

  private static long numElements(int[] dims) {
    long product = 1;
    for (int dim : dims) {
      product *= dim;
    }
    return product;
  }

  private static void writeWeights(Path file, Map<String, int[]> tensors) throws IOException {
    ObjectNode header = new ObjectMapper().createObjectNode();
    long end = 0;
    for (Map.Entry<String, int[]> tensor : tensors.entrySet()) {
      ObjectNode entry = header.putObject(tensor.getKey()).put("dtype", "BF16");
      for (int dim : tensor.getValue()) {
        entry.withArray("shape").add(dim);
      }
      entry.putArray("data_offsets").add(end).add(end += 2 * numElements(tensor.getValue()));
    }
    byte[] text = header.toString().getBytes(StandardCharsets.UTF_8);
    int padded = Math.ceilDiv(text.length, 64) * 64 - 8;
    if (padded < text.length) {
      padded += 64;
    }
    ByteBuffer start = ByteBuffer.allocate(8 + padded).order(ByteOrder.LITTLE_ENDIAN);
    start.putLong(padded).put(text);
    while (start.hasRemaining()) {
      start.put((byte) ' ');
    }
    try (FileChannel out =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      out.write(start.flip(), 0);
      long position = 8L + padded;
      for (Map.Entry<String, int[]> tensor : tensors.entrySet()) {
        long size = numElements(tensor.getValue());
        writeTensor(out, position, size, tensor.getKey());
        position += 2 * size;
      }
    }
  }

  /** Chunks do not depend on each other: all processors make them. */
  private static void writeTensor(FileChannel out, long position, long size, String name) {
    boolean isNorm = name.endsWith("norm.weight");
    int chunks = (int) Math.ceilDiv(size, CHUNK_VALUES);
    IntStream.range(0, chunks)
        .parallel()
        .forEach(
            chunk -> {
              long from = (long) chunk * CHUNK_VALUES;
              int count = (int) Math.min(CHUNK_VALUES, size - from);
              ByteBuffer values = ByteBuffer.allocate(2 * count).order(ByteOrder.LITTLE_ENDIAN);
              SplittableRandom random = new SplittableRandom(name.hashCode() * 31L + chunk);
              for (int i = 0; i < count; i++) {
                values.putShort(toBf16(isNorm ? 1 : normal(random)));
              }
              write(out, values.flip(), position + 2 * from);
            });
  }

  private static void write(FileChannel out, ByteBuffer values, long position) {
    try {
      while (values.hasRemaining()) {
        position += out.write(values, position);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Nearly so: the sum of eight bytes of one random number. */
  private static float normal(SplittableRandom random) {
    long bits = random.nextLong();
    int sum = 0;
    for (int i = 0; i < 8; i++) {
      sum += (int) (bits >>> (8 * i)) & 0xff;
    }
    return (sum - 1020) * (STD / 209);
  }

  private static short toBf16(float value) {
    return (short) ((Float.floatToRawIntBits(value) + 0x8000) >>> 16);
  }

  private static void writeConfig(Path directory, Shape shape) throws IOException {
    ObjectNode config = new ObjectMapper().createObjectNode();
    config.putArray("architectures").add("LlamaForCausalLM");
    config.put("model_type", "llama");
    config.put("hidden_size", shape.hiddenSize());
    config.put("intermediate_size", shape.intermediateSize());
    config.put("num_hidden_layers", shape.numLayers());
    config.put("num_attention_heads", shape.numHeads());
    config.put("num_key_value_heads", shape.numKvHeads());
    config.put("head_dim", shape.headDim());
    config.put("vocab_size", shape.vocabSize());
    config.put("max_position_embeddings", shape.maxPositions());
    config.put("rms_norm_eps", 1e-5);
    config.put("rope_theta", shape.ropeTheta());
    config.put("tie_word_embeddings", shape.hasTiedHead());
    config.put("hidden_act", "silu");
    config.put("torch_dtype", "bfloat16");
    config.put("bos_token_id", 0).put("eos_token_id", 1);
    if (shape.ropeFactor() > 0) {
      config
          .putObject("rope_scaling")
          .put("rope_type", "llama3")
          .put("factor", shape.ropeFactor())
          .put("low_freq_factor", 1.0)
          .put("high_freq_factor", 4.0)
          .put("original_max_position_embeddings", 8192);
    }
    Files.writeString(directory.resolve("config.json"), config.toPrettyString());
  }

  /** See above. */
  public static void main(String[] args) throws IOException {
    Shape shape = args.length == 2 ? SHAPES.get(args[0]) : null;
    if (shape == null) {
      System.err.println("BenchWeights SHAPE DIRECTORY, with a shape of " + SHAPES.keySet());
      System.exit(2);
      return;
    }
    Path directory = Files.createDirectories(Path.of(args[1]));
    Path weights = directory.resolve("model.safetensors");
    Files.deleteIfExists(weights);
    writeWeights(weights, tensors(shape));
    writeConfig(directory, shape);
  }
}
