package dev.gatun.cpu;

import dev.gatun.tensor.Backend;
import dev.gatun.tensor.contract.BackendContract;
import org.junit.jupiter.api.condition.EnabledIf;

/** On three threads: more than most test machines have, so that parts interleave. */
@EnabledIf(
    value = "dev.gatun.cpu.Libraries#runsAmx",
    disabledReason = "not built or not run by this processor")
final class CpuAmxContractTest extends BackendContract {
  @Override
  protected Backend open() {
    return Libraries.open(CpuIsa.AMX, 3);
  }

  @Override
  protected boolean roundsInputs() {
    return true;
  }
}
