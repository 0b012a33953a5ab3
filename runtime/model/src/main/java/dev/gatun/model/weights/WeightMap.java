package dev.gatun.model.weights;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Our tensor name to the tensors of the files it is made of, top to bottom for a fused layer. An
 * architecture makes one; nothing else knows a file's tensor names. Immutable.
 */
public final class WeightMap {
  private final Map<String, List<Source>> sources;

  private WeightMap(Map<String, List<Source>> sources) {
    this.sources = sources;
  }

  /**
   * Where one row block comes from.
   *
   * @param candidates names in the files; the first that exists is taken
   */
  public record Source(List<String> candidates) {
    public Source {
      candidates = List.copyOf(candidates);
    }
  }

  /**
   * The row blocks of a tensor.
   *
   * @throws IllegalArgumentException if the map has no such tensor, which is our own mistake
   */
  List<Source> sources(String name) {
    List<Source> found = sources.get(name);
    if (found == null) {
      throw new IllegalArgumentException("weight map has no '" + name + "'");
    }
    return found;
  }

  public static Builder builder() {
    return new Builder();
  }

  /** Collects entries; used once. */
  public static final class Builder {
    private final Map<String, List<Source>> sources = new LinkedHashMap<>();

    private Builder() {}

    /** Our tensor from one or, for a fused layer, several file tensors. */
    public Builder put(String name, String... fileTensors) {
      return put(name, List.of(fileTensors).stream().map(f -> new Source(List.of(f))).toList());
    }

    /** Our tensor from the first of several file tensors that exists. */
    public Builder putFirstOf(String name, String... candidates) {
      return put(name, List.of(new Source(List.of(candidates))));
    }

    private Builder put(String name, List<Source> blocks) {
      if (sources.putIfAbsent(name, blocks) != null) {
        throw new IllegalArgumentException("weight map has '" + name + "' twice");
      }
      return this;
    }

    public WeightMap build() {
      return new WeightMap(Map.copyOf(sources));
    }
  }
}
