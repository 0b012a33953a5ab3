package dev.gatun.model.spec;

/**
 * Rotary position embedding over the whole head.
 *
 * @param theta base of the wavelengths
 */
public record RopeSpec(double theta, RopeScaling scaling) {
  public RopeSpec {
    if (!(theta > 0) || Double.isInfinite(theta)) {
      throw new IllegalArgumentException("rope theta " + theta + " is not positive");
    }
  }
}
