package dev.gatun.cpu;

import dev.gatun.tensor.Backend;
import dev.gatun.tensor.BackendOptions;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.contract.BackendContract;
import org.junit.jupiter.api.condition.EnabledIf;

/** With dot products of BF16: inputs of layers with BF16 weights are rounded, nothing else is. */
@EnabledIf(
    value = "dev.gatun.cpu.Libraries#runsNeonBf16",
    disabledReason = "not built or not run by this processor")
final class CpuNeonBf16ContractTest extends BackendContract {
  @Override
  protected Backend open() {
    return Libraries.open(CpuIsa.NEON_BF16, new BackendOptions(3).withDtype(DType.BF16));
  }

  @Override
  protected boolean roundsInputs() {
    return true;
  }

  @Override
  protected DType linearInputs() {
    return DType.BF16;
  }
}
