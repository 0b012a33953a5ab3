package dev.gatun.cpu;

import dev.gatun.tensor.Backend;
import dev.gatun.tensor.contract.BackendContract;
import org.junit.jupiter.api.condition.EnabledIf;

/** On three threads: more than most test machines have, so that parts interleave. */
@EnabledIf(
    value = "dev.gatun.cpu.Libraries#runsNeonI8mm",
    disabledReason = "not built or not run by this processor")
final class CpuNeonI8mmContractTest extends BackendContract {
  @Override
  protected Backend open() {
    return Libraries.open(CpuIsa.NEON_I8MM, 3);
  }

  @Override
  protected boolean roundsInputs() {
    return true;
  }
}
