package dev.gatun.cpu;

import dev.gatun.tensor.Backend;
import dev.gatun.tensor.BackendOptions;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.contract.BackendContract;
import org.junit.jupiter.api.condition.EnabledIf;

/** With BF16 tiles: inputs of layers with BF16 weights are rounded, nothing else is. */
@EnabledIf(
    value = "dev.gatun.cpu.Libraries#runsAmx",
    disabledReason = "not built or not run by this processor")
final class CpuAmxBf16ContractTest extends BackendContract {
  @Override
  protected Backend open() {
    return Libraries.open(CpuIsa.AMX, new BackendOptions(3).withDtype(DType.BF16));
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
