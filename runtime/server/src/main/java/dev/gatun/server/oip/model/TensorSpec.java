package dev.gatun.server.oip.model;

import dev.gatun.server.oip.tensor.Datatype;
import java.util.List;
import java.util.Optional;

/**
 * What a model declares about an input or output.
 *
 * @param datatype empty if any will do
 * @param shape -1 where any size will do; empty if any shape will do
 */
public record TensorSpec(
    String name, Optional<Datatype> datatype, Optional<List<Long>> shape, boolean isOptional) {

  /** Any size in one dimension. */
  public static final long ANY_SIZE = -1;

  private static final List<Long> ONE_ELEMENT = List.of(1L);

  public TensorSpec {
    shape = shape.map(List::copyOf);
  }

  /** One element, which must be given. */
  public static TensorSpec scalar(String name, Datatype datatype) {
    return new TensorSpec(name, Optional.of(datatype), Optional.of(ONE_ELEMENT), false);
  }

  /** One element, which may be left out. */
  public static TensorSpec optionalScalar(String name, Datatype datatype) {
    return new TensorSpec(name, Optional.of(datatype), Optional.of(ONE_ELEMENT), true);
  }

  /** Any number of elements in one dimension. */
  public static TensorSpec list(String name, Datatype datatype) {
    return new TensorSpec(name, Optional.of(datatype), Optional.of(List.of(ANY_SIZE)), false);
  }

  /** Any datatype and any shape. */
  public static TensorSpec any(String name) {
    return new TensorSpec(name, Optional.empty(), Optional.empty(), false);
  }

  /** For metadata, where a datatype has to stand: BYTES holds anything. */
  public Datatype shownDatatype() {
    return datatype.orElse(Datatype.BYTES);
  }

  public List<Long> shownShape() {
    return shape.orElse(List.of(ANY_SIZE));
  }

  /** Scalars also come as [] and, from clients that always batch, as [1, 1]. */
  boolean takes(List<Long> actual) {
    if (shape.isEmpty()) {
      return true;
    }
    List<Long> expected = shape.get();
    if (expected.equals(ONE_ELEMENT)) {
      return actual.size() <= 2 && actual.stream().allMatch(size -> size == 1);
    }
    if (actual.size() != expected.size()) {
      return false;
    }
    for (int i = 0; i < expected.size(); i++) {
      if (expected.get(i) != ANY_SIZE && !expected.get(i).equals(actual.get(i))) {
        return false;
      }
    }
    return true;
  }
}
