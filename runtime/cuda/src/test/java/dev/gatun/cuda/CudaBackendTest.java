package dev.gatun.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.gatun.tensor.AttentionBatch;
import dev.gatun.tensor.BackendException;
import dev.gatun.tensor.BackendOptions;
import dev.gatun.tensor.BatchLimits;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.GpuReading;
import dev.gatun.tensor.KvLayer;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Memory, order and failures of the backend. */
final class CudaBackendTest {
  @BeforeEach
  void needsADevice() {
    TestDevice.assumePresent();
  }

  private static CudaBackend openAsInProduction() {
    return (CudaBackend) new CudaProvider().open(BackendOptions.defaults().withDtype(DType.F32));
  }

  @Test
  void memoryThatWasReservedIsNotClaimedAgain() {
    try (CudaBackend backend = openAsInProduction()) {
      backend.reserve(64 << 20);
      long before = backend.memoryFacts().availableBytes();

      Tensor first = backend.allocate(DType.F32, Shape.of(1, 1), "first");
      Tensor second = backend.allocate(DType.F32, Shape.of(8 << 20), "second");

      assertThat(second.data().address() - first.data().address())
          .isEqualTo(DeviceMemory.ALIGNMENT);
      assertThat(backend.memoryFacts().availableBytes()).isEqualTo(before);
    }
  }

  @Test
  void memoryThatIsNotThereIsRefusedWithWhatThereIs() {
    try (CudaBackend backend = openAsInProduction()) {
      long available = backend.memoryFacts().totalBytes();

      assertThatThrownBy(() -> backend.reserve(available + (1L << 30)))
          .isInstanceOf(BackendException.class)
          .hasMessageContaining("the planned memory needs " + (available + (1L << 30)))
          .hasMessageContaining("of " + available + " are available");
    }
  }

  /** Each copy reads what ops before it wrote, and ops after it read what it wrote. */
  @Test
  void swapsAreInOrderWithOps() {
    try (CudaBackend backend = TestDevice.open(DType.F32)) {
      Shape shape = Shape.of(3, 1, 1, 8);
      KvLayer cache = layer(backend.allocate(DType.F32, shape, "keys"), backend, shape);
      KvLayer host =
          new KvLayer(
              backend.allocateHost(DType.F32, shape, "keys"),
              backend.allocateHost(DType.F32, shape, "values"));
      for (int round = 0; round < 20; round++) {
        Tensor k = row(backend, round);
        backend.ops().storeKv(cache, k, k, slot(backend, 1));
        backend.ops().swapBlock(cache, 1, host, 2);
        Tensor other = row(backend, -1);
        backend.ops().storeKv(cache, other, other, slot(backend, 1));
        backend.ops().swapBlock(host, 2, cache, 2);

        float[] swapped = new float[8];
        backend.readFloats(cache.keys(), 2, swapped);
        assertThat(swapped).as("round %d", round).containsOnly(round);
        backend.readFloats(cache.values(), 1, swapped);
        assertThat(swapped).as("round %d", round).containsOnly(-1);
      }
    }
  }

  private static KvLayer layer(Tensor keys, CudaBackend backend, Shape shape) {
    return new KvLayer(keys, backend.allocate(DType.F32, shape, "values"));
  }

  private static Tensor row(CudaBackend backend, float value) {
    Tensor host = Tensor.onHost(DType.F32, Shape.of(1, 8));
    for (int i = 0; i < 8; i++) {
      host.setFloat(0, i, value);
    }
    return backend.place(host);
  }

  private static Tensor slot(CudaBackend backend, int slot) {
    Tensor host = Tensor.onHost(DType.I32, Shape.of(1));
    host.setInt(0, slot);
    return backend.place(host);
  }

  @Test
  void anOlderBatchOfTheSameLimitsIsRefused() {
    try (CudaBackend backend = TestDevice.open(DType.F32)) {
      BatchLimits limits = new BatchLimits(2, 1, 1, 1);
      AttentionBatch first = filled(backend, limits);
      Tensor table = Tensor.onHost(DType.F32, Shape.of(2, 8));
      Tensor placed = backend.place(table);
      Tensor out = backend.allocate(DType.F32, Shape.of(1, 8), "out");
      backend.ops().embed(out, placed, first.tokenIds(), 1);

      filled(backend, limits);

      assertThatThrownBy(() -> backend.ops().embed(out, placed, first.tokenIds(), 1))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("uploaded last");
    }
  }

  private static AttentionBatch filled(CudaBackend backend, BatchLimits limits) {
    AttentionBatch batch = backend.newBatch(limits);
    batch.clear();
    batch.beginSequence(1);
    batch.addBlock(0);
    batch.addToken(1, 0, 0);
    backend.upload(batch);
    return batch;
  }

  @Test
  void batchesOfDecodesAreFilledUpToABucket() {
    try (CudaBackend backend = TestDevice.open(DType.F32)) {
      AttentionBatch batch = backend.newBatch(new BatchLimits(16, 16, 1, 16));
      batch.clear();
      for (int i = 0; i < 3; i++) {
        batch.beginSequence(1);
        batch.addBlock(1);
        batch.addToken(1, 0, 16 + i);
        batch.addLogitRow();
      }

      backend.upload(batch);

      assertThat(batch.numTokens()).isEqualTo(4);
      assertThat(batch.numFillers()).isEqualTo(1);
      assertThat(batch.slotMapping().getInt(3)).isEqualTo(AttentionBatch.NO_SLOT);
    }
  }

  @Test
  void anOtherArgumentThanTheKernelsStopsTheStart() {
    try (CudaBackend backend = TestDevice.open(DType.F32);
        CudaModule module =
            CudaModule.load(
                backend.device().driver(),
                CudaModule.packagedImage().orElseGet(CudaModule::emptyImage),
                backend.device().stream())) {
      assertThatThrownBy(() -> module.kernel("embed_f32", KernelStruct.NORM))
          .isInstanceOf(BackendException.class)
          .hasMessageContaining("kernel embed_f32 takes 48 bytes, expected one argument of 88")
          .hasMessageContaining("different builds");
    }
  }

  @Test
  void opsOnAClosedBackendAreRefused() {
    CudaBackend backend = TestDevice.open(DType.F32);
    Tensor tensor = backend.allocate(DType.F32, Shape.of(4, 4), "test");

    backend.close();
    backend.close();

    assertThatThrownBy(() -> backend.ops().add(tensor, tensor, tensor))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
  }

  @Test
  void telemetryKnowsTheDevicesMemory() {
    try (CudaBackend backend = TestDevice.open(DType.F32)) {
      List<GpuReading> readings = backend.gpuTelemetry().read();
      assumeFalse(readings.isEmpty(), "there is no NVML beside the driver");
      GpuReading reading = readings.get(0);

      assertThat(reading.memoryTotalBytes()).isPositive();
      assertThat(reading.memoryUsedBytes()).isBetween(0.0, reading.memoryTotalBytes());
      assertThat(reading.utilization()).isLessThanOrEqualTo(1);
    }
  }

  /** The test double must never serve anybody. */
  @Test
  void anEmulatedDeviceIsRefusedUnlessItsLibraryIsNamed() {
    assertThat(new CudaProvider(null).unavailableReason(BackendOptions.defaults()))
        .hasValueSatisfying(reason -> assertThat(reason).isNotBlank())
        .isPresent();
  }

  @Test
  void failedCallsNameFunctionCodeAndMeaning() {
    try (CudaBackend backend = TestDevice.open(DType.F32)) {
      assertThatThrownBy(() -> backend.device().driver().function(0x1234, "no such kernel"))
          .isInstanceOf(CudaException.class)
          .hasMessageContaining("cuModuleGetFunction returned")
          .hasMessageContaining("CUDA_ERROR_");
    }
  }
}
