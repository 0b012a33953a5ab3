package dev.gatun.cuda;

import dev.gatun.tensor.Backend;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.contract.BackendContract;
import org.junit.jupiter.api.condition.EnabledIf;

/** Activations in float32: exact but for rounding. */
@EnabledIf(
    value = "dev.gatun.cuda.TestDevice#isPresent",
    disabledReason = "no CUDA device and no emulation of one")
final class CudaContractTest extends BackendContract {
  @Override
  protected Backend open() {
    CudaBackend backend = TestDevice.open(DType.F32);
    System.out.println(
        "CudaContractTest on %s: %d kernels"
            .formatted(backend.device().name(), backend.numKernels()));
    return backend;
  }

  @Override
  protected double fp8WeightRoundoff() {
    return 0;
  }
}
