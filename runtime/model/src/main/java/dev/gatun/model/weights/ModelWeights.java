package dev.gatun.model.weights;

import dev.gatun.model.ModelLoadException;
import dev.gatun.model.spec.QuantizationSpec;
import dev.gatun.model.spec.WeightRounding;
import dev.gatun.tensor.LinearSource;
import dev.gatun.tensor.PlainBlock;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.WeightBlock;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The weights of a model under our names: files read through a weight map, each tensor with the
 * shape the caller expects. Closing it unmaps the files.
 */
public final class ModelWeights implements AutoCloseable {
  private final WeightFiles files;
  private final WeightMap map;
  private final Optional<PackedTensors> packed;
  private final WeightRounding rounding;

  /**
   * Takes over {@code files}.
   *
   * @param quantization how linear layers that are not stored as floats are quantised
   * @param rounding what becomes of linear layers that are; {@link #linear} tells them as stored
   */
  public ModelWeights(
      WeightFiles files,
      WeightMap map,
      Optional<QuantizationSpec> quantization,
      WeightRounding rounding) {
    this.files = files;
    this.rounding = rounding;
    this.map = map;
    packed = quantization.map(spec -> new PackedTensors(files, spec));
  }

  /**
   * A tensor that is one tensor in the files, too.
   *
   * @throws ModelLoadException if it is missing, has another shape or no float type
   */
  public Tensor tensor(String name, Shape expected) {
    List<Tensor> blocks = blocks(name, List.of(expected));
    return blocks.get(0);
  }

  /**
   * A linear layer whose row blocks stay where the files are mapped.
   *
   * @param name our name; weights are {@code name.weight}, biases {@code name.bias}
   * @param inFeatures columns of every block
   * @param blockRows rows of each block, top to bottom
   * @throws ModelLoadException if a block is missing, has another shape or type than the first
   */
  public LinearSource linear(String name, int inFeatures, boolean hasBias, int... blockRows) {
    List<Shape> biasShapes = new ArrayList<>();
    List<WeightBlock> weights = new ArrayList<>();
    List<WeightMap.Source> sources = sources(name + ".weight", blockRows.length);
    for (int i = 0; i < blockRows.length; i++) {
      weights.add(weightBlock(name + ".weight", sources.get(i), blockRows[i], inFeatures));
      biasShapes.add(Shape.of(blockRows[i]));
      if (weights.get(i).format() != weights.get(0).format()) {
        throw new ModelLoadException(
            "%s: blocks of different types: %s beside %s"
                .formatted(name, weights.get(i).format(), weights.get(0).format()));
      }
    }
    List<Tensor> biases = hasBias ? blocks(name + ".bias", biasShapes) : List.of();
    return new LinearSource(name, weights, biases);
  }

  private WeightBlock weightBlock(String name, WeightMap.Source source, int rows, int columns) {
    if (packed.isPresent()) {
      for (String candidate : source.candidates()) {
        Optional<WeightBlock> block = packed.get().find(candidate, rows, columns);
        if (block.isPresent()) {
          return block.get();
        }
      }
    }
    return new PlainBlock(block(name, source, Shape.of(rows, columns)));
  }

  private List<WeightMap.Source> sources(String name, int count) {
    List<WeightMap.Source> sources = map.sources(name);
    if (sources.size() != count) {
      throw new IllegalArgumentException(
          name + ": " + sources.size() + " sources for " + count + " blocks");
    }
    return sources;
  }

  private List<Tensor> blocks(String name, List<Shape> expected) {
    List<WeightMap.Source> sources = sources(name, expected.size());
    List<Tensor> blocks = new ArrayList<>(sources.size());
    for (int i = 0; i < sources.size(); i++) {
      blocks.add(block(name, sources.get(i), expected.get(i)));
    }
    return blocks;
  }

  private Tensor block(String name, WeightMap.Source source, Shape expected) {
    for (String candidate : source.candidates()) {
      Tensor tensor = files.find(candidate).orElse(null);
      if (tensor != null) {
        return checked(candidate, tensor, expected);
      }
    }
    throw new ModelLoadException(
        "the weight files have no tensor '%s', needed for %s"
            .formatted(String.join("' or '", source.candidates()), name));
  }

  private static Tensor checked(String fileTensor, Tensor tensor, Shape expected) {
    if (!tensor.shape().equals(expected)) {
      throw new ModelLoadException(
          "tensor '%s' has shape %s, config.json asks for %s"
              .formatted(fileTensor, tensor.shape(), expected));
    }
    if (!tensor.dtype().isFloat()) {
      throw new ModelLoadException(
          "tensor '%s' is %s, supported are F32, F16 and BF16"
              .formatted(fileTensor, tensor.dtype()));
    }
    return tensor;
  }

  /** What linear layers that are stored as floats become while they are placed. */
  public WeightRounding rounding() {
    return rounding;
  }

  /** Size of the mapped files in bytes. */
  public long mappedBytes() {
    return files.mappedBytes();
  }

  /**
   * Adds what tells these weights from those of another model, the same on every replica: names,
   * types, shapes and the first page of every tensor, and how they are rounded.
   */
  public void fingerprint(MessageDigest digest) {
    digest.update(rounding.name().getBytes(StandardCharsets.UTF_8));
    files.fingerprint(digest);
  }

  @Override
  public void close() {
    files.close();
  }
}
