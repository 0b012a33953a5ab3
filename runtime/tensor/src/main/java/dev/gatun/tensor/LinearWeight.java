package dev.gatun.tensor;

/**
 * A linear layer placed on a backend: what {@link Backend#placeLinear} returned and what the same
 * backend's {@link Ops#linear} accepts. What lies inside is the backend's own affair.
 */
public interface LinearWeight {
  int inFeatures();

  int outFeatures();

  WeightFormat format();
}
