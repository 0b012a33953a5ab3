package dev.gatun.tensor.reference;

import dev.gatun.tensor.Backend;
import dev.gatun.tensor.BackendOptions;
import dev.gatun.tensor.contract.BackendContract;

/** The contract on three threads: more than most test machines have, so that pieces interleave. */
final class ReferenceBackendTest extends BackendContract {
  @Override
  protected Backend open() {
    return new ReferenceBackend(new BackendOptions(3));
  }

  @Override
  protected double fp8WeightRoundoff() {
    return 0;
  }
}
