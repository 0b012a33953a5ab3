package dev.gatun.cuda;

import dev.gatun.tensor.Backend;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.contract.BackendContract;
import org.junit.jupiter.api.condition.EnabledIf;

/** Activations in BF16, on matrix units where there are some for the op, and in float32. */
@EnabledIf(
    value = "dev.gatun.cuda.TestDevice#isPresent",
    disabledReason = "no CUDA device and no emulation of one")
final class CudaBf16ContractTest extends BackendContract {
  @Override
  protected Backend open() {
    return TestDevice.open(DType.BF16);
  }

  /** Matrix units take both operands of softmax(..) v in BF16. */
  @Override
  protected boolean roundsAttention() {
    return true;
  }

  @Override
  protected double fp8WeightRoundoff() {
    return 0;
  }
}
