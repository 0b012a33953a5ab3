package dev.gatun.tensor.reference;

import dev.gatun.tensor.LinearSource;
import dev.gatun.tensor.LinearWeight;
import dev.gatun.tensor.WeightFormat;

/** The source itself: row blocks are read where they are mapped. */
record ReferenceLinearWeight(LinearSource source, int outFeatures) implements LinearWeight {
  ReferenceLinearWeight(LinearSource source) {
    this(source, source.outFeatures());
  }

  @Override
  public int inFeatures() {
    return source.inFeatures();
  }

  @Override
  public WeightFormat format() {
    return source.format();
  }
}
