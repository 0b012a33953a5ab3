package dev.gatun.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class ShapeTest {
  @Test
  void countsElements() {
    assertThat(Shape.of(2, 3, 4).numElements()).isEqualTo(24);
    assertThat(Shape.of(2, 3, 4).rowElements()).isEqualTo(12);
    assertThat(Shape.of(7).rowElements()).isEqualTo(1);
    assertThat(Shape.of().numElements()).isEqualTo(1);
    assertThat(Shape.of().rowElements()).isEqualTo(1);
    assertThat(Shape.of(5, 0).numElements()).isZero();
  }

  @Test
  void refusesNegativeDimensions() {
    assertThatThrownBy(() -> Shape.of(2, -1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("[2, -1]");
  }

  @Test
  void refusesMoreElementsThanALongHolds() {
    assertThat(Shape.of(1L << 31, 1L << 31).numElements()).isEqualTo(1L << 62);
    assertThatThrownBy(() -> Shape.of(1L << 31, 1L << 32))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("too many elements");
  }

  @Test
  void doesNotShareItsArray() {
    long[] dims = {2, 3};
    Shape shape = Shape.of(dims);

    dims[0] = 9;
    shape.toArray()[1] = 9;

    assertThat(shape).isEqualTo(Shape.of(2, 3)).hasSameHashCodeAs(Shape.of(2, 3));
    assertThat(shape).isNotEqualTo(Shape.of(3, 2)).hasToString("[2, 3]");
  }
}
