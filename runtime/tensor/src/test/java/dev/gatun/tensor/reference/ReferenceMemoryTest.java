package dev.gatun.tensor.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatun.tensor.BackendException;
import dev.gatun.tensor.BackendOptions;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.HostMemory;
import dev.gatun.tensor.LinearSource;
import dev.gatun.tensor.LinearWeight;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.WeightFormat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ReferenceMemoryTest {
  @TempDir private Path root;

  /** A machine with 4096 bytes left. */
  private ReferenceBackend almostFull() throws IOException {
    Files.createDirectories(root.resolve("proc"));
    Files.writeString(root.resolve("proc/meminfo"), "MemTotal: 8 kB\nMemAvailable: 4 kB\n");
    return new ReferenceBackend(new BackendOptions(1), new HostMemory(root));
  }

  @Test
  void refusesMoreThanIsAvailableBeforeTouchingIt() throws IOException {
    try (ReferenceBackend backend = almostFull()) {
      assertThat(backend.allocate(DType.F32, Shape.of(1024), "fits").numRows()).isEqualTo(1024);
      assertThatThrownBy(() -> backend.allocate(DType.F32, Shape.of(1025), "kv cache"))
          .isInstanceOf(BackendException.class)
          .hasMessage("kv cache needs 4100 bytes, 4096 are available");
    }
  }

  @Test
  void refusesSizesThatOverflow() {
    try (ReferenceBackend backend = new ReferenceBackend(new BackendOptions(1))) {
      assertThatThrownBy(() -> backend.allocate(DType.F64, Shape.of(1L << 62), "kv cache"))
          .isInstanceOf(BackendException.class)
          .hasMessageContaining("kv cache");
    }
  }

  @Test
  void allocatesNothingForWeights() {
    try (ReferenceBackend backend = new ReferenceBackend(new BackendOptions(1))) {
      Tensor mapped = backend.allocate(DType.BF16, Shape.of(4, 8), "stands for a mapped file");
      LinearSource source = LinearSource.plain("weight", List.of(mapped), List.of());

      assertThat(backend.place(mapped)).isSameAs(mapped);
      assertThat(backend.placementBytes(source)).isZero();
      assertThat(backend.placeLinear(source).outFeatures()).isEqualTo(4);
    }
  }

  @Test
  void weightOfAnotherBackendIsRefused() {
    try (ReferenceBackend backend = new ReferenceBackend(new BackendOptions(1))) {
      Tensor x = backend.allocate(DType.F32, Shape.of(1, 1), "x");

      assertThatThrownBy(() -> backend.ops().linear(x, x, new ForeignWeight()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("ForeignWeight");
    }
  }

  @Test
  void closeFreesMemoryOnceAndForAll() {
    ReferenceBackend backend = new ReferenceBackend(new BackendOptions(2));
    Tensor tensor = backend.allocate(DType.F32, Shape.of(4), "test");

    backend.close();
    backend.close();

    assertThatThrownBy(() -> tensor.getFloat(0, 0)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> backend.allocate(DType.F32, Shape.of(4), "too late"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("too late");
  }

  private record ForeignWeight() implements LinearWeight {
    @Override
    public int inFeatures() {
      return 1;
    }

    @Override
    public int outFeatures() {
      return 1;
    }

    @Override
    public WeightFormat format() {
      return WeightFormat.F32;
    }
  }
}
