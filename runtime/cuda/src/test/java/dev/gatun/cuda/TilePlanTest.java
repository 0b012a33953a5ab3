package dev.gatun.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.tensor.AttentionBatch;
import dev.gatun.tensor.BatchLimits;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How batches are cut for attention; no device is needed. */
final class TilePlanTest {
  private static final BatchLimits LIMITS = new BatchLimits(256, 8, 20, 8);
  private static final int GROUP = 4;

  private static MemorySegment memory(long bytes) {
    return Arena.ofAuto().allocate(bytes, 64);
  }

  private static DeviceBatch batch(int... queryLens) {
    DeviceBatch made = new DeviceBatch(LIMITS, memory(DeviceBatch.bytes(LIMITS)), 0);
    AttentionBatch batch = made.batch();
    batch.clear();
    for (int queryLen : queryLens) {
      batch.beginSequence(queryLen);
      for (int block = 0; block < Math.ceilDiv(queryLen, 16); block++) {
        batch.addBlock(1 + block);
      }
      for (int position = 0; position < queryLen; position++) {
        batch.addToken(1, position, 16 + position);
      }
    }
    made.scan();
    return made;
  }

  private static TilePlan plan(int largeRows, DeviceBatch batch) {
    long bytes = TilePlan.bytes(LIMITS, GROUP, 16);
    TilePlan plan = new TilePlan(GROUP, 16, largeRows, memory(bytes), memory(bytes));
    plan.fill(batch);
    return plan;
  }

  /** {sequence, first row} of each tile. */
  private static List<List<Integer>> tiles(TilePlan plan) {
    List<List<Integer>> tiles = new ArrayList<>();
    for (int i = 0; i < plan.numTiles(); i++) {
      tiles.add(
          List.of(
              plan.host().get(ValueLayout.JAVA_INT, 8L * i),
              plan.host().get(ValueLayout.JAVA_INT, 8L * i + 4)));
    }
    return tiles;
  }

  @Test
  void decodesOfAMixedBatchHaveSmallTilesAndChunksLargeOnes() {
    TilePlan plan = plan(64, batch(1, 40, 4, 5));

    assertThat(plan.numSmall()).isEqualTo(2);
    assertThat(plan.numLarge()).isEqualTo(4);
    assertThat(tiles(plan))
        .containsExactly(
            List.of(0, 0),
            List.of(2, 0),
            List.of(1, 0),
            List.of(1, 64),
            List.of(1, 128),
            List.of(3, 0));
    assertThat(plan.largeAddress() - plan.address()).isEqualTo(16);
  }

  @Test
  void decodesAloneHaveNoLargeTiles() {
    assertThat(plan(64, batch(1, 1, 1)).numSmall()).isEqualTo(3);
    assertThat(plan(64, batch(1, 1, 1)).numLarge()).isZero();
  }

  @Test
  void whereThereIsOneSizeAllTilesAreSmall() {
    TilePlan plan = plan(16, batch(1, 9));

    assertThat(plan.numLarge()).isZero();
    assertThat(tiles(plan))
        .containsExactly(List.of(0, 0), List.of(1, 0), List.of(1, 16), List.of(1, 32));
  }
}
