package dev.gatun.tensor.contract;

import dev.gatun.tensor.AttentionBatch;
import dev.gatun.tensor.AttentionParams;
import dev.gatun.tensor.BatchLimits;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.KvLayer;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.contract.AttentionCase.Chunk;
import dev.gatun.tensor.contract.AttentionCase.Sequence;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** pagedAttention against dense attention in double. */
interface AttentionContract extends BackendCase {
  List<Integer> HEAD_DIMS = List.of(8, 16, 20, 64, 80, 96, 128);
  List<Integer> GROUP_SIZES = List.of(1, 2, 3, 4, 5, 6, 7, 8);
  List<Integer> BLOCK_SIZES = List.of(1, 4, 16);

  @Test
  default void attentionOfEveryHeadDimGroupSizeAndCacheTypeMatchesDense() {
    for (DType activation : on().activationTypes()) {
      for (DType cacheType : on().cacheTypes()) {
        for (int headDim : HEAD_DIMS) {
          for (int groupSize : GROUP_SIZES) {
            Random random = on().random("dims " + cacheType + headDim + " " + groupSize);
            int blockSize = BLOCK_SIZES.get(random.nextInt(BLOCK_SIZES.size()));
            int numKvHeads = 1 + random.nextInt(3);
            AttentionCase layer =
                plain(cacheType, activation, blockSize, numKvHeads, groupSize, headDim);
            layer.check(on(), random, mixedBatch(layer, random));
          }
        }
      }
    }
  }

  private static AttentionCase plain(
      DType cacheType,
      DType activation,
      int blockSize,
      int numKvHeads,
      int groupSize,
      int headDim) {
    return new AttentionCase(
        cacheType, activation, blockSize, numKvHeads, groupSize, headDim, 0, 0, new float[0]);
  }

  private static AttentionCase small() {
    return plain(DType.F32, DType.F32, 4, 2, 2, 16);
  }

  /** A whole prompt, a later chunk of a prompt and a decode. */
  private static List<Chunk> mixedBatch(AttentionCase layer, Random random) {
    int first = 1 + random.nextInt(20);
    int second = 2 + random.nextInt(30);
    int third = 1 + random.nextInt(40);
    return List.of(
        new Chunk(layer.sequence(random, first), 0, first),
        new Chunk(layer.sequence(random, second), second / 2, second),
        new Chunk(layer.sequence(random, third), third - 1, third));
  }

  @Test
  default void attentionAtBlockBordersMatchesDense() {
    for (int blockSize : BLOCK_SIZES) {
      AttentionCase layer = plain(DType.BF16, DType.F32, blockSize, 1, 2, 8);
      Random random = on().random("borders " + blockSize);
      for (int length = 1; length <= 2 * blockSize + 1; length++) {
        Sequence sequence = layer.sequence(random, length);
        layer.check(on(), random, List.of(new Chunk(sequence, 0, length)));
        layer.check(on(), random, List.of(new Chunk(sequence, length - 1, length)));
      }
    }
  }

  @Test
  default void windowSmallerEqualAndLargerThanTheContextMatchesDense() {
    Random random = on().random("windows");
    for (int window : new int[] {1, 2, 3, 4, 5, 16, 24, 25, 26, 1000}) {
      AttentionCase layer = small().with(0, window);
      Sequence sequence = layer.sequence(random, 25);
      layer.check(on(), random, List.of(new Chunk(sequence, 0, 25)));
      layer.check(on(), random, List.of(new Chunk(sequence, 13, 25)));
      layer.check(on(), random, List.of(new Chunk(sequence, 24, 25)));
    }
  }

  @Test
  default void softCapMatchesDense() {
    Random random = on().random("soft caps");
    for (float softCap : new float[] {0.5f, 3, 50}) {
      AttentionCase layer = small().with(softCap, 0);
      layer.check(on(), random, mixedBatch(layer, random));
    }
  }

  /** Scores of some hundreds, of either sign: exp overflows unless the largest is subtracted. */
  @Test
  default void largeScoresNeitherOverflowNorVanish() {
    Random random = on().random("large scores");
    AttentionCase layer = small();
    Sequence sequence = layer.sequence(random, 30);
    for (float[] q : sequence.q()) {
      for (int i = 0; i < q.length; i++) {
        q[i] *= 500;
      }
    }
    layer.check(on(), random, List.of(new Chunk(sequence, 0, 30)));
  }

  @Test
  default void sinksTakeWeightFromEveryHead() {
    Random random = on().random("sinks");
    AttentionCase layer = small().with(0, 0, -30f, 0f, 1.5f, 30f);
    layer.check(on(), random, mixedBatch(layer, random));
  }

  @Test
  default void allFeaturesTogetherMatchDense() {
    Random random = on().random("together");
    for (int i = 0; i < 20; i++) {
      int groupSize = GROUP_SIZES.get(random.nextInt(GROUP_SIZES.size()));
      int numKvHeads = 1 + random.nextInt(2);
      float[] sinks = Fixture.uniform(random, DType.F32, groupSize * numKvHeads);
      AttentionCase layer =
          plain(DType.BF16, DType.F32, 4, numKvHeads, groupSize, 16)
              .with(1 + random.nextFloat() * 10, 1 + random.nextInt(30), sinks);
      layer.check(on(), random, mixedBatch(layer, random));
    }
  }

  @Test
  default void longContextMatchesDense() {
    Random random = on().random("long");
    AttentionCase layer = plain(DType.F16, DType.F32, 16, 2, 4, 64);
    Sequence sequence = layer.sequence(random, 1500);
    layer.check(on(), random, List.of(new Chunk(sequence, 1495, 1500)));
  }

  @Test
  default void largeBatchMatchesDense() {
    Random random = on().random("large batch");
    AttentionCase layer = plain(DType.BF16, DType.F32, 4, 2, 3, 24);
    List<Chunk> chunks = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      int length = 1 + random.nextInt(50);
      int from = random.nextInt(3) == 0 ? random.nextInt(length) : length - 1;
      chunks.add(new Chunk(layer.sequence(random, length), from, length));
    }
    layer.check(on(), random, chunks);
  }

  @Test
  default void attentionMayWriteItsQuery() {
    Random random = on().random("attention in place");
    AttentionCase layer = small();
    Sequence sequence = layer.sequence(random, 9);
    float[][] expected = layer.run(on(), random, List.of(new Chunk(sequence, 0, 9)));
    KvLayer cache =
        new KvLayer(on().poisoned(DType.F32, 4, 4, 2, 16), on().poisoned(DType.F32, 4, 4, 2, 16));
    Tensor slots = on().ints(4, 5, 6, 7, 8, 9, 10, 11, 12);
    on().ops()
        .storeKv(
            cache,
            on().matrix(DType.F32, sequence.k()),
            on().matrix(DType.F32, sequence.v()),
            slots);
    AttentionBatch batch = on().backend().newBatch(new BatchLimits(9, 1, 3, 1));
    batch.clear();
    batch.beginSequence(9);
    for (int block = 1; block <= 3; block++) {
      batch.addBlock(block);
    }
    for (int position = 0; position < 9; position++) {
      batch.addToken(0, position, 4 + position);
    }
    on().backend().upload(batch);

    Tensor q = on().matrix(DType.F32, sequence.q());
    on().ops().pagedAttention(q, q, cache, batch, AttentionParams.causal(4, layer.scale()));

    Check.sameBits("in place", on().read(q), expected);
  }

  @Test
  default void attentionAcceptsAnEmptyBatch() {
    AttentionCase layer = small();
    KvLayer cache =
        new KvLayer(on().poisoned(DType.F32, 2, 4, 2, 16), on().poisoned(DType.F32, 2, 4, 2, 16));
    AttentionBatch batch = on().backend().newBatch(new BatchLimits(1, 1, 1, 1));
    batch.clear();
    on().backend().upload(batch);
    Tensor out = on().matrix(DType.F32, new float[1][64]);

    Tensor none = out.rows(0, 0);
    on().ops().pagedAttention(none, none, cache, batch, AttentionParams.causal(4, layer.scale()));

    Check.sameBits("untouched", on().read(out), new float[1][64]);
  }
}
