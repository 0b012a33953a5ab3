package dev.gatun.tensor.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatun.tensor.AttentionBatch;
import dev.gatun.tensor.BackendException;
import dev.gatun.tensor.BatchLimits;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.LinearSource;
import dev.gatun.tensor.MemoryFacts;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Memory, figures and the batch. */
interface MemoryContract extends BackendCase {

  @Test
  default void allocatesZeroedAlignedMemory() {
    for (DType dtype : new DType[] {DType.F32, DType.BF16, DType.F16}) {
      for (int columns : new int[] {1, 3, 1000}) {
        Tensor tensor = on().backend().allocate(dtype, Shape.of(3, columns), "test");

        assertThat(tensor.dtype()).isEqualTo(dtype);
        assertThat(tensor.shape()).isEqualTo(Shape.of(3, columns));
        assertThat(tensor.data().address() % 64).isZero();
        Check.sameBits("zeroed " + dtype, on().read(tensor), new float[3][columns]);
      }
    }
  }

  @Test
  default void memoryThatIsNotThereIsRefusedByPurposeAndSize() {
    Shape shape = Shape.of(1L << 50);

    assertThatThrownBy(() -> on().backend().allocate(DType.F32, shape, "kv cache"))
        .isInstanceOf(BackendException.class)
        .hasMessageContaining("kv cache")
        .hasMessageContaining(Long.toString(4L << 50));
  }

  @Test
  default void memoryFactsAreConsistent() {
    MemoryFacts facts = on().backend().memoryFacts();

    assertThat(facts.totalBytes()).isPositive();
    assertThat(facts.availableBytes()).isBetween(0L, facts.totalBytes());
    assertThat(facts.source()).isNotBlank();
  }

  @Test
  default void activationTypeIsAFloat() {
    assertThat(on().backend().activationType().isFloat()).isTrue();
    assertThat(on().backend().name()).isNotBlank();
  }

  @Test
  default void placementBytesAreNotNegative() {
    Tensor mapped = Tensor.of(DType.F32, Shape.of(4, 8), Arena.ofAuto().allocate(128));
    LinearSource source = LinearSource.plain("weight", List.of(mapped), List.of());

    assertThat(on().backend().placementBytes(source)).isNotNegative();
  }

  @Test
  default void batchHasTheLimitsAskedFor() {
    BatchLimits limits = new BatchLimits(5, 3, 4, 2);

    AttentionBatch batch = on().backend().newBatch(limits);

    assertThat(batch.limits()).isEqualTo(limits);
    assertThat(batch.tokenIds().numRows()).isEqualTo(5);
    assertThat(batch.blockTables().numRows()).isEqualTo(12);
  }

  @Test
  default void readFloatsChecksRowAndRoom() {
    Tensor tensor = on().matrix(DType.F32, new float[][] {{1, 2}, {3, 4}});
    float[] roomy = {9, 9, 9};

    on().backend().readFloats(tensor, 1, roomy);

    assertThat(roomy).containsExactly(3, 4, 9);
    assertThatThrownBy(() -> on().backend().readFloats(tensor, 2, new float[2]))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> on().backend().readFloats(tensor, -1, new float[2]))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> on().backend().readFloats(tensor, 0, new float[1]))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
