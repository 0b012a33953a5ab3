package dev.gatun.tensor.contract;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatun.tensor.Activation;
import dev.gatun.tensor.AttentionBatch;
import dev.gatun.tensor.AttentionParams;
import dev.gatun.tensor.BatchLimits;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.KvLayer;
import dev.gatun.tensor.LinearWeight;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.WeightFormat;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** Arguments that do not fit are refused with words, whatever the backend. */
interface ErrorContract extends BackendCase {

  private static void refused(ThrowingCallable call, String... words) {
    assertThatThrownBy(call)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(words);
  }

  private Tensor f32(int rows, int columns) {
    return on().matrix(DType.F32, new float[rows][columns]);
  }

  private Tensor vector(int length) {
    return on().vector(DType.F32, new float[length]);
  }

  private KvLayer cache(int numBlocks, int blockSize, int numKvHeads, int headDim) {
    return new KvLayer(
        on().poisoned(DType.F32, numBlocks, blockSize, numKvHeads, headDim),
        on().poisoned(DType.F32, numBlocks, blockSize, numKvHeads, headDim));
  }

  @Test
  default void embedRefusesWrongShapesAndTokenIds() {
    Tensor table = f32(4, 8);
    refused(() -> on().ops().embed(f32(1, 7), table, on().ints(0), 1), "F32[4, 8]", "7");
    refused(() -> on().ops().embed(f32(2, 8), table, on().ints(0), 1), "I32[1]", "2");
    refused(() -> on().ops().embed(f32(1, 8), table, vector(1), 1), "F32[1]", "I32");
    refused(() -> on().ops().embed(f32(1, 8), table, on().ints(4), 1), "4", "[0, 4)");
    refused(() -> on().ops().embed(f32(1, 8), table, on().ints(-1), 1), "-1", "[0, 4)");
  }

  @Test
  default void normsRefuseWrongShapes() {
    Tensor x = f32(2, 8);
    refused(() -> on().ops().rmsNorm(x, x, vector(7), 0, 1e-5f), "F32[7]", "[8]");
    refused(() -> on().ops().rmsNorm(f32(3, 8), x, vector(8), 0, 1e-5f), "F32[3, 8]", "[2, 8]");
    refused(() -> on().ops().rmsNorm(x, x, on().ints(0), 0, 1e-5f), "I32[1]", "F32");
    Tensor r = f32(2, 9);
    refused(() -> on().ops().addRmsNorm(x, r, x, vector(8), 0, 1), "F32[2, 9]", "[2, 8]");
    refused(() -> on().ops().layerNorm(x, x, vector(8), vector(4), 1), "F32[4]", "[8]");
    refused(() -> on().ops().qkNorm(x, vector(3), 0, 1), "F32[2, 8]", "3");
  }

  @Test
  default void linearRefusesWrongShapes() {
    LinearWeight weight = on().linear(WeightFormat.F32, new float[5][8]);
    refused(() -> on().ops().linear(f32(2, 5), f32(2, 7), weight), "F32[2, 7]", "[2, 8]");
    refused(() -> on().ops().linear(f32(2, 6), f32(2, 8), weight), "F32[2, 6]", "[2, 5]");
    refused(() -> on().ops().linear(f32(1, 5), f32(2, 8), weight), "F32[1, 5]", "[2, 5]");
  }

  @Test
  default void ropeRefusesWrongShapesAndPositions() {
    Tensor heads = f32(1, 16);
    Tensor table = f32(10, 8);
    refused(() -> on().ops().rope(heads, 5, on().ints(0), table), "F32[1, 16]", "5");
    refused(() -> on().ops().rope(heads, 4, on().ints(0), table), "F32[10, 8]", "4");
    refused(() -> on().ops().rope(heads, 8, on().ints(0), f32(10, 7)), "F32[10, 7]");
    refused(() -> on().ops().rope(heads, 8, on().ints(10), table), "10", "[0, 10)");
    refused(() -> on().ops().rope(heads, 8, on().ints(-2), table), "-2", "[0, 10)");
  }

  @Test
  default void storeKvRefusesWrongShapesAndSlots() {
    KvLayer cache = cache(3, 4, 2, 8);
    Tensor k = f32(1, 16);
    refused(() -> on().ops().storeKv(cache, f32(1, 8), k, on().ints(0)), "F32[1, 8]", "[1, 16]");
    refused(() -> on().ops().storeKv(cache, k, f32(2, 16), on().ints(0)), "F32[2, 16]", "[1, 16]");
    refused(() -> on().ops().storeKv(cache, k, k, on().ints(12)), "12", "[0, 12)");
    refused(() -> on().ops().storeKv(cache, k, k, on().ints(-1)), "-1", "[0, 12)");
  }

  @Test
  default void attentionRefusesHeadsThatDoNotFit() {
    KvLayer cache = cache(3, 4, 2, 8);
    AttentionBatch batch = batch(1, 1, 1);
    AttentionParams three = AttentionParams.causal(3, 1);
    AttentionParams four = AttentionParams.causal(4, 1);
    Tensor q = f32(1, 32);
    refused(() -> on().ops().pagedAttention(f32(1, 24), f32(1, 24), cache, batch, three), "3", "2");
    refused(() -> on().ops().pagedAttention(q, f32(1, 16), cache, batch, four), "F32[1, 16]");
    refused(() -> on().ops().pagedAttention(f32(2, 32), q, cache, batch, four), "F32[2, 32]");
    AttentionParams sinks = new AttentionParams(4, 1, 0, 0, vector(3));
    refused(() -> on().ops().pagedAttention(q, q, cache, batch, sinks), "F32[3]", "[4]");
  }

  @Test
  default void attentionRefusesBlocksAndContextsThatDoNotFit() {
    KvLayer cache = cache(3, 4, 1, 8);
    Tensor q = f32(2, 8);
    AttentionParams params = AttentionParams.causal(1, 1);
    refused(() -> on().ops().pagedAttention(q, q, cache, batch(2, 2, 3), params), "3", "[0, 3)");
    refused(() -> on().ops().pagedAttention(q, q, cache, batch(2, 2, -1), params), "-1", "[0, 3)");
    refused(() -> on().ops().pagedAttention(q, q, cache, batch(1, 2, 1), params), "1", "[2, 8]");
    refused(() -> on().ops().pagedAttention(q, q, cache, batch(9, 2, 1), params), "9", "[2, 8]");
  }

  /** One sequence whose two blocks are both {@code block}. */
  private AttentionBatch batch(int contextLen, int numTokens, int block) {
    AttentionBatch batch = on().backend().newBatch(new BatchLimits(4, 1, 2, 1));
    batch.clear();
    batch.beginSequence(contextLen);
    batch.addBlock(block);
    batch.addBlock(block);
    for (int i = 0; i < numTokens; i++) {
      batch.addToken(0, i, 4);
    }
    on().backend().upload(batch);
    return batch;
  }

  @Test
  default void elementwiseOpsRefuseWrongShapes() {
    Tensor x = f32(2, 8);
    refused(() -> on().ops().activation(f32(2, 7), x, Activation.SILU), "F32[2, 7]", "[2, 8]");
    refused(
        () -> on().ops().gatedActivation(f32(2, 8), x, Activation.SILU), "F32[2, 8]", "[2, 16]");
    refused(() -> on().ops().add(x, x, f32(2, 7)), "F32[2, 7]", "[2, 8]");
    refused(() -> on().ops().add(f32(1, 8), x, x), "F32[1, 8]", "[2, 8]");
    Tensor ids = on().ints(1, 2);
    refused(() -> on().ops().add(x, x, ids), "I32[2]");
  }

  @Test
  default void activationsOfAnotherTypeAreRefused() {
    for (DType dtype : DType.values()) {
      if (dtype.isFloat() && !on().activationTypes().contains(dtype)) {
        Tensor x = on().matrix(dtype, new float[2][8]);
        Tensor out = f32(2, 8);
        String name = dtype + "[2, 8]";
        refused(() -> on().ops().rmsNorm(x, x, vector(8), 0, 1), name);
        refused(() -> on().ops().add(out, x, x), name);
        refused(() -> on().ops().activation(x, out, Activation.RELU), name);
        refused(() -> on().ops().gatherRows(out, x, on().ints(0, 1)), name);
        refused(() -> on().ops().rope(x, 8, on().ints(0, 0), f32(1, 8)), name);
      }
    }
  }

  @Test
  default void gatherRowsRefusesWrongShapesAndRows() {
    Tensor x = f32(3, 8);
    refused(() -> on().ops().gatherRows(f32(1, 7), x, on().ints(0)), "F32[1, 7]", "8");
    refused(() -> on().ops().gatherRows(f32(2, 8), x, on().ints(0)), "I32[1]", "2");
    refused(() -> on().ops().gatherRows(f32(1, 8), x, on().ints(3)), "3", "[0, 3)");
    refused(() -> on().ops().gatherRows(f32(1, 8), x, on().ints(-1)), "-1", "[0, 3)");
  }

  @Test
  default void copyBlocksRefusesUnknownAndOverlappingBlocks() {
    List<KvLayer> layers = List.of(cache(3, 4, 1, 8));
    int[] one = {1};
    refused(() -> on().ops().copyBlocks(layers, new int[] {3}, one, 1), "3", "[0, 3)");
    refused(() -> on().ops().copyBlocks(layers, one, new int[] {-1}, 1), "-1", "[0, 3)");
    refused(() -> on().ops().copyBlocks(layers, one, new int[] {2}, 2), "2", "1");
    int[] sources = {1, 2};
    refused(() -> on().ops().copyBlocks(layers, sources, new int[] {2, 0}, 2), "block 2");
  }

  @Test
  default void swapBlockRefusesUnknownBlocksAndOtherShapes() {
    KvLayer layer = cache(3, 4, 1, 8);
    KvLayer host = cache(2, 4, 1, 8);
    refused(() -> on().ops().swapBlock(layer, 3, host, 0), "source", "3", "[0, 3)");
    refused(() -> on().ops().swapBlock(layer, 0, host, 2), "destination", "2", "[0, 2)");
    refused(() -> on().ops().swapBlock(layer, 0, cache(3, 2, 1, 8), 0), "[3, 4, 1, 8]", "[3, 2,");
  }
}
