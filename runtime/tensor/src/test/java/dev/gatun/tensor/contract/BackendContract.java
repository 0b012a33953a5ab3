package dev.gatun.tensor.contract;

import dev.gatun.tensor.Backend;
import dev.gatun.tensor.DType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;

/**
 * The whole contract of a backend. One backend is opened for all tests of the class: opening a
 * device is slow, and a backend that mixes up state between calls should be caught at it.
 *
 * <p>The random inputs follow from {@code -Dgatun.test.seed}, 1 by default; it is printed.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class BackendContract
    implements MemoryContract,
        RowsContract,
        NormContract,
        LinearContract,
        PackedLinearContract,
        Fp8LinearContract,
        RopeContract,
        ElementwiseContract,
        KvCacheContract,
        AttentionContract,
        AttentionInvarianceContract,
        SamplingContract,
        ErrorContract {
  private Fixture fixture;

  /** Opens the backend under test; it is closed after the last test. */
  protected abstract Backend open();

  /** Whether it rounds the inputs of linear layers with integer weights to 8 bits. */
  protected boolean roundsInputs() {
    return false;
  }

  /** What it rounds the inputs of linear layers to where the weights are of that type, too. */
  protected DType linearInputs() {
    return DType.F32;
  }

  /**
   * Largest relative error of what it holds in place of weights in 8-bit floats. A backend without
   * kernels for them may hold them as BF16.
   */
  protected double fp8WeightRoundoff() {
    return Rounding.roundoff(DType.BF16);
  }

  /** Whether it rounds the weights of a softmax to the type of BF16 activations. */
  protected boolean roundsAttention() {
    return false;
  }

  @BeforeAll
  final void openBackend() {
    long seed = Long.getLong("gatun.test.seed", 1);
    fixture =
        new Fixture(
            open(), seed, roundsInputs(), linearInputs(), roundsAttention(), fp8WeightRoundoff());
    System.out.println(getClass().getSimpleName() + ": gatun.test.seed=" + seed);
  }

  @AfterAll
  final void closeBackend() {
    fixture.backend().close();
  }

  @Override
  public final Fixture on() {
    return fixture;
  }
}
