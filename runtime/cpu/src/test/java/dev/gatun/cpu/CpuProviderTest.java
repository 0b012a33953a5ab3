package dev.gatun.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatun.tensor.Backend;
import dev.gatun.tensor.BackendException;
import dev.gatun.tensor.BackendOptions;
import dev.gatun.tensor.Backends;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.Tensor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CpuProviderTest {
  @TempDir private Path directory;

  /** Whichever way the build went, `auto` finds something and says what there is. */
  @Test
  void autoTakesTheCpuBackendWhereItCanRunAndTheReferenceElsewhere() {
    Backends backends = Backends.discover();
    boolean isAvailable = new CpuProvider().unavailableReason(BackendOptions.defaults()).isEmpty();

    try (Backend backend = backends.open(Backends.AUTO, BackendOptions.defaults())) {
      assertThat(backend.name()).isEqualTo(isAvailable ? "cpu" : "reference");
    }
    assertThat(backends.describe()).contains(isAvailable ? "cpu is available" : "cpu is unavail");
  }

  @Test
  void loadsFromTheFirstDirectoryThatWillDoAndLeavesNothingBehind() throws Exception {
    assumeTrue(Libraries.runs(CpuIsa.BASELINE));
    Path absent = directory.resolve("absent");

    CpuLibrary library = CpuLibrary.load(CpuIsa.BASELINE, List.of(absent, directory));

    assertThat(library.isa()).isEqualTo(CpuIsa.BASELINE);
    try (var files = Files.list(directory)) {
      assertThat(files).isEmpty();
    }
  }

  @Test
  void noDirectoryThatWillDoIsSaidWithEachReason() {
    Path absent = directory.resolve("absent");

    assertThatThrownBy(() -> CpuLibrary.load(CpuIsa.BASELINE, List.of(absent)))
        .isInstanceOf(BackendException.class)
        .hasMessageContaining("libgatun_cpu_baseline.so")
        .hasMessageContaining("-Djava.io.tmpdir")
        .hasMessageContaining(absent.toString());
  }

  @Test
  void aLowerInstructionSetCanBeAskedFor() {
    assumeTrue(Libraries.runs(CpuIsa.BASELINE));

    try (Backend backend = new CpuProvider("baseline").open(BackendOptions.defaults())) {
      assertThat(backend.name()).isEqualTo("cpu");
    }
  }

  /** No other backend takes its place: who asks for one wants to know. */
  @Test
  void anInstructionSetThatCannotBeHadStopsTheStart() {
    CpuProvider provider = new CpuProvider("pdp11");
    assumeTrue(
        provider.unavailableReason(BackendOptions.defaults()).isEmpty(),
        "the cpu backend is unavailable");

    assertThatThrownBy(
            () -> new Backends(List.of(provider)).open("auto", BackendOptions.defaults()))
        .isInstanceOf(BackendException.class)
        .hasMessageContaining("GATUN_CPU_ISA=pdp11");
  }

  @Test
  void tilesThatAreNotPermittedAreExplained() {
    assertThatThrownBy(() -> CpuLibrary.check("prepare", 4))
        .isInstanceOf(BackendException.class)
        .hasMessageContaining("Linux 5.16");
  }

  @Test
  void statusesBecomeExceptionsWithFunctionAndCode() {
    assertThatThrownBy(() -> CpuLibrary.check("embed", 1))
        .isInstanceOf(BackendException.class)
        .hasMessage("gatun_cpu_embed returned 1: invalid argument");
  }

  @Test
  void closeFreesMemoryOnceAndForAll() {
    assumeTrue(Libraries.runs(CpuIsa.BASELINE));
    Backend backend = Libraries.open(CpuIsa.BASELINE, 2);
    Tensor tensor = backend.allocate(DType.F32, Shape.of(4, 4), "test");

    backend.close();
    backend.close();

    assertThatThrownBy(() -> backend.ops().add(tensor, tensor, tensor))
        .isInstanceOf(IllegalStateException.class);
  }
}
