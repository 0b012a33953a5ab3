package dev.gatun.model.weights;

import dev.gatun.model.ModelLoadException;
import dev.gatun.model.spec.Fp8Quantization;
import dev.gatun.model.spec.IntegerQuantization;
import dev.gatun.model.spec.QuantizationSpec;
import dev.gatun.tensor.PackedBlock;
import dev.gatun.tensor.PackedLayout;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.StoredFp8Block;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.WeightBlock;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Finds the tensors of quantised layers: a checkpoint that is quantised has, in place of {@code
 * module.weight}, integers or 8-bit floats, scales and more beside it. A module that was left as
 * floats still has its weight. Main thread.
 */
final class PackedTensors {
  private static final String WEIGHT = ".weight";

  private final WeightFiles files;
  private final QuantizationSpec quantization;

  PackedTensors(WeightFiles files, QuantizationSpec quantization) {
    this.files = files;
    this.quantization = quantization;
  }

  /** Names that follow a module's; empty where a layout has no such tensor. */
  private record Suffixes(String values, String scales, String zeros, String groupIndex) {}

  private static Suffixes suffixes(PackedLayout layout) {
    return switch (layout) {
      case AWQ -> new Suffixes(".qweight", ".scales", ".qzeros", "");
      case GPTQ -> new Suffixes(".qweight", ".scales", ".qzeros", ".g_idx");
      case ROWS -> new Suffixes(".weight_packed", ".weight_scale", "", "");
      case BYTES -> new Suffixes(WEIGHT, ".weight_scale", "", "");
    };
  }

  /**
   * The quantised weight that stands in the place of a file tensor; empty if there is none.
   *
   * @param fileTensor name of the weight in a checkpoint of floats
   * @throws ModelLoadException if a part of it is missing or does not fit
   */
  Optional<WeightBlock> find(String fileTensor, int outFeatures, int inFeatures) {
    if (!fileTensor.endsWith(WEIGHT)) {
      return Optional.empty();
    }
    String module = fileTensor.substring(0, fileTensor.length() - WEIGHT.length());
    try {
      return switch (quantization) {
        case IntegerQuantization integers -> integers(integers, module, outFeatures, inFeatures);
        case Fp8Quantization fp8 -> fp8(fp8, module, outFeatures, inFeatures);
      };
    } catch (IllegalArgumentException e) {
      throw new ModelLoadException(
          "%s of '%s' does not fit config.json: %s".formatted(quantization, module, e.getMessage()),
          e);
    }
  }

  private Optional<WeightBlock> integers(
      IntegerQuantization integers, String module, int outFeatures, int inFeatures) {
    Suffixes suffixes = suffixes(integers.layout());
    Tensor values = files.find(module + suffixes.values()).orElse(null);
    if (values == null || values.dtype().isFloat()) {
      return Optional.empty();
    }
    String groupIndex = integers.hasGroupIndex() ? suffixes.groupIndex() : "";
    return Optional.of(
        new PackedBlock(
            integers.layout(),
            integers.format(),
            outFeatures,
            inFeatures,
            integers.groupSize(inFeatures),
            values,
            require(module + suffixes.scales()),
            suffixes.zeros().isEmpty() ? null : require(module + suffixes.zeros()),
            groupIndex.isEmpty() ? null : require(module + groupIndex),
            integers.inputs()));
  }

  /** Scales multiply under either name; "inv" tells that they are the inverse of another's. */
  private Optional<WeightBlock> fp8(
      Fp8Quantization fp8, String module, int outFeatures, int inFeatures) {
    Tensor values = files.find(module + WEIGHT).orElse(null);
    if (values == null || values.dtype().isFloat()) {
      return Optional.empty();
    }
    if (!values.shape().equals(Shape.of(outFeatures, inFeatures))) {
      throw new IllegalArgumentException(
          "weight is %s, expected [%d, %d]".formatted(values, outFeatures, inFeatures));
    }
    Tensor scales =
        files.find(module + ".weight_scale_inv").orElseGet(() -> require(module + ".weight_scale"));
    return Optional.of(new StoredFp8Block(values, scales, fp8.blockRows(), fp8.blockColumns()));
  }

  private Tensor require(String fileTensor) {
    @Nullable Tensor tensor = files.find(fileTensor).orElse(null);
    if (tensor == null) {
      throw new ModelLoadException(
          "the weight files have no tensor '%s', needed for %s"
              .formatted(fileTensor, quantization));
    }
    return tensor;
  }
}
