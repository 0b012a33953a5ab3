package dev.gatun.engine.kv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class KvCacheManagerTest {

  @ParameterizedTest
  @CsvSource({"16,0,0", "16,1,1", "16,16,1", "16,17,2", "1,5,5", "7,14,2", "7,15,3"})
  void countsBlocksUpToTheBorder(int blockSize, int numTokens, int numBlocks) {
    KvCacheManager kv = new KvCacheManager(10, blockSize, false);
    BlockTable table = kv.newTable(100);

    assertThat(kv.numBlocksFor(numTokens)).isEqualTo(numBlocks);
    assertThat(kv.allocateSlots(table, numTokens)).isTrue();
    assertThat(table.numBlocks()).isEqualTo(numBlocks);
    assertThat(kv.numFreeBlocks()).isEqualTo(10 - numBlocks);
  }

  @Test
  void leavesEverythingAloneOnShortage() {
    KvCacheManager kv = new KvCacheManager(3, 4, false);
    BlockTable first = kv.newTable(100);
    BlockTable second = kv.newTable(100);
    assertThat(kv.allocateSlots(first, 8)).isTrue();

    assertThat(kv.allocateSlots(second, 5)).isFalse();

    assertThat(second.numBlocks()).isZero();
    assertThat(kv.numFreeBlocks()).isEqualTo(1);
    assertThat(kv.allocateSlots(second, 4)).isTrue();
    assertThat(kv.usage()).isEqualTo(1.0);
    kv.checkIntegrity();
  }

  @Test
  void reusesTheTailOfAFreedSequenceFirst() {
    KvCacheManager kv = new KvCacheManager(3, 4, false);
    BlockTable freed = kv.newTable(12);
    BlockTable next = kv.newTable(12);
    assertThat(kv.allocateSlots(freed, 12)).isTrue();
    int head = freed.blockId(0);
    int tail = freed.blockId(2);

    kv.free(freed);
    assertThat(kv.allocateSlots(next, 12)).isTrue();

    assertThat(next.blockId(0)).isEqualTo(tail);
    assertThat(next.blockId(2)).isEqualTo(head);
  }

  @Test
  void slotIsBlockTimesSizePlusOffset() {
    KvCacheManager kv = new KvCacheManager(5, 4, false);
    BlockTable table = kv.newTable(8);
    assertThat(kv.allocateSlots(table, 8)).isTrue();

    assertThat(table.slot(0)).isEqualTo(table.blockId(0) * 4);
    assertThat(table.slot(3)).isEqualTo(table.blockId(0) * 4 + 3);
    assertThat(table.slot(4)).isEqualTo(table.blockId(1) * 4);
    assertThatThrownBy(() -> table.slot(8)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void refusesToOutgrowATable() {
    KvCacheManager kv = new KvCacheManager(5, 4, false);
    BlockTable table = kv.newTable(8);

    assertThatThrownBy(() -> kv.allocateSlots(table, 9)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void refusesBlocksWhoseSlotsAreNoInts() {
    assertThatThrownBy(() -> new KvCacheManager(Integer.MAX_VALUE / 16, 16, false))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new KvCacheManager(4, 0, false))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void booksBalanceThroughAnyOrderOfGrowthAndFree() {
    for (long seed = 0; seed < 50; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      KvCacheManager kv = new KvCacheManager(random.nextInt(1, 30), random.nextInt(1, 9), false);
      List<BlockTable> tables = new ArrayList<>();
      int[] lengths = new int[4];
      for (int i = 0; i < lengths.length; i++) {
        tables.add(kv.newTable(1000));
      }
      for (int step = 0; step < 100; step++) {
        int i = random.nextInt(lengths.length);
        int wanted = lengths[i] + random.nextInt(12);
        if (random.nextInt(4) == 0) {
          kv.free(tables.get(i));
          lengths[i] = 0;
        } else if (kv.allocateSlots(tables.get(i), wanted)) {
          lengths[i] = wanted;
        }
        kv.checkIntegrity();
      }
      int held = tables.stream().mapToInt(BlockTable::numBlocks).sum();
      assertThat(kv.numFreeBlocks()).as("seed %d", seed).isEqualTo(kv.numBlocks() - held);
    }
  }
}
