package dev.gatun.engine.runner;

import dev.gatun.engine.api.EngineLimits;
import dev.gatun.engine.sched.SchedulerConfig;
import dev.gatun.engine.sched.StepPlan;
import dev.gatun.engine.sched.StepResult;
import dev.gatun.model.decoder.Decoder;
import dev.gatun.model.decoder.KvCacheShape;
import dev.gatun.model.decoder.KvCacheTensors;
import dev.gatun.model.spec.ModelSpec;
import dev.gatun.model.weights.ModelWeights;
import dev.gatun.tensor.Backend;
import dev.gatun.tensor.BatchLimits;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.KvLayer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Runs steps on a model. With one step in flight it computes while it is launched, on the engine
 * thread; with two on a thread of its own. Either way the same code computes the same steps in the
 * same order. Everything is claimed by {@link #create}.
 */
public final class DecoderRunner implements ModelRunner {
  private final Backend backend;
  private final StepComputer computer;
  private final StepWork[] works;

  private @Nullable ComputeThread thread;
  private long numLaunched;
  private long numAwaited;

  private DecoderRunner(
      SchedulerConfig config,
      Backend backend,
      Decoder decoder,
      List<KvLayer> cache,
      List<KvLayer> swapSpace) {
    this.backend = backend;
    BlockSwapper swapper = new BlockSwapper(backend, cache, swapSpace);
    computer = new StepComputer(config, backend, decoder, cache, swapper);
    works = new StepWork[config.maxStepsInFlight()];
    for (int place = 0; place < works.length; place++) {
      works[place] =
          new StepWork(
              backend.newBatch(batchLimits(config)),
              config.limits().maxNumSeqs(),
              config.speculation().numSpeculativeTokens());
    }
  }

  /** Largest batch that a scheduler of this configuration plans; sizes the decoder's workspace. */
  public static BatchLimits batchLimits(SchedulerConfig config) {
    EngineLimits limits = config.limits();
    int maxTokens = limits.maxNumBatchedTokens();
    return new BatchLimits(
        maxTokens,
        Math.min(limits.maxNumSeqs(), maxTokens),
        Math.ceilDiv(limits.maxModelLen(), limits.blockSize()),
        Math.min(config.maxLogitRows(), maxTokens));
  }

  /** Device memory that sampling there takes, 0 where the host samples; for the memory plan. */
  public static long samplerBytes(SchedulerConfig config, Backend backend) {
    return backend.samplerBytes(DeviceRows.limits(config));
  }

  /**
   * Places the weights and claims workspace and KV cache, with one block more than the pool has:
   * the null block; and the swap space, if there is to be one.
   *
   * @param weights must stay open until the runner is closed
   * @param backend owned and closed by the runner from here on, if this returns
   * @param kvType element type of the KV cache, F32, F16, BF16 or I8
   * @throws dev.gatun.model.ModelLoadException if model and backend do not fit each other
   * @throws dev.gatun.tensor.BackendException if memory does not suffice
   */
  public static DecoderRunner create(
      ModelSpec spec, ModelWeights weights, Backend backend, SchedulerConfig config, DType kvType) {
    EngineLimits limits = config.limits();
    if (limits.vocabSize() != spec.vocabSize()) {
      throw new IllegalArgumentException(
          "the engine's vocabulary has %d tokens, the model's %d"
              .formatted(limits.vocabSize(), spec.vocabSize()));
    }
    Decoder decoder =
        Decoder.build(spec, weights, backend, batchLimits(config), limits.maxModelLen());
    KvCacheShape shape = KvCacheShape.of(spec, limits.blockSize(), kvType);
    List<KvLayer> cache = KvCacheTensors.allocate(backend, shape, limits.numBlocks() + 1);
    int numSwapBlocks = config.preemption().numSwapBlocks();
    List<KvLayer> swapSpace =
        numSwapBlocks == 0 ? List.of() : KvCacheTensors.allocateHost(backend, shape, numSwapBlocks);
    return new DecoderRunner(config, backend, decoder, cache, swapSpace);
  }

  @Override
  public int maxStepsInFlight() {
    return works.length;
  }

  @Override
  public void launch(StepPlan plan) {
    if (numLaunched - numAwaited == works.length) {
      throw new IllegalStateException("launched with " + works.length + " steps in flight");
    }
    int place = (int) (numLaunched++ % works.length);
    works[place].fill(plan);
    if (works.length == 1) {
      computer.compute(works[place]);
    } else {
      computeThread().submit();
    }
  }

  /** Started by the engine thread, which owns it from then on. */
  private ComputeThread computeThread() {
    ComputeThread started = thread;
    if (started == null) {
      started = new ComputeThread(place -> computer.compute(works[place]), works.length);
      thread = started;
    }
    return started;
  }

  @Override
  public StepResult await() {
    if (numAwaited == numLaunched) {
      throw new IllegalStateException("await without launch");
    }
    StepWork work = works[(int) (numAwaited++ % works.length)];
    if (thread != null) {
      thread.await(numAwaited);
    }
    work.release();
    return work.result();
  }

  @Override
  public void close() {
    if (thread != null) {
      thread.close();
    }
    computer.close();
    backend.close();
  }
}
