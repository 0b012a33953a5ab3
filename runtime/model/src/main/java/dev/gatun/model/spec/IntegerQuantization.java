package dev.gatun.model.spec;

import dev.gatun.tensor.InputRounding;
import dev.gatun.tensor.PackedLayout;
import dev.gatun.tensor.WeightFormat;

/**
 * Linear layers quantised to integers.
 *
 * @param method as in config.json, for messages
 * @param groupSize columns that share a scale; {@link #WHOLE_ROW} for one scale per feature
 * @param hasGroupIndex whether every column's group is listed, because columns were quantised in
 *     another order than they lie in (GPTQ's desc_act)
 * @param inputs what inputs may be rounded to
 */
public record IntegerQuantization(
    String method,
    PackedLayout layout,
    WeightFormat format,
    int groupSize,
    boolean hasGroupIndex,
    InputRounding inputs)
    implements QuantizationSpec {
  /** Group size for one scale per feature, as config.json writes it. */
  public static final int WHOLE_ROW = -1;

  /** Columns that share a scale in a layer. */
  public int groupSize(int inFeatures) {
    return groupSize == WHOLE_ROW ? inFeatures : groupSize;
  }

  @Override
  public String toString() {
    return "%s: %s weights, %s%s%s"
        .formatted(
            method,
            format,
            groupSize == WHOLE_ROW ? "a scale per feature" : "groups of " + groupSize,
            hasGroupIndex ? " in activation order" : "",
            inputs == InputRounding.NONE ? "" : ", made for inputs in " + inputs);
  }
}
