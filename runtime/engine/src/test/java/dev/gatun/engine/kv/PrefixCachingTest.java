package dev.gatun.engine.kv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** {@link KvCacheManager} with prefix caching; blocks of 4 tokens. */
final class PrefixCachingTest {
  private final PrefixHasher hasher = new PrefixHasher(4, new byte[0]);

  private static int[] tokens(int from, int count) {
    return IntStream.range(from, from + count).toArray();
  }

  /** A sequence that was computed; its table still holds the blocks. */
  private BlockTable compute(KvCacheManager kv, int[] tokens) {
    BlockTable table = kv.newTable(40);
    assertThat(kv.allocateSlots(table, tokens.length)).isTrue();
    kv.cacheFullBlocks(table, hasher.hash("", "", tokens), tokens, tokens.length);
    kv.checkIntegrity();
    return table;
  }

  private CachedPrefix find(KvCacheManager kv, int[] tokens, int maxTokens) {
    CachedPrefix prefix = kv.newPrefix(40);
    kv.findPrefix(prefix, hasher.hash("", "", tokens), tokens, maxTokens);
    return prefix;
  }

  @Test
  void findsFullBlocksUpToTheBorder() {
    KvCacheManager kv = new KvCacheManager(10, 4, true);
    compute(kv, tokens(0, 11));

    assertThat(find(kv, tokens(0, 11), 10).numBlocks()).isEqualTo(2);
    assertThat(find(kv, tokens(0, 20), 19).numBlocks()).isEqualTo(2);
    assertThat(find(kv, tokens(0, 8), 8).numBlocks()).isEqualTo(2);
    assertThat(find(kv, tokens(0, 8), 7).numBlocks()).isEqualTo(1);
    assertThat(find(kv, tokens(0, 3), 3).numBlocks()).isZero();
    assertThat(find(kv, tokens(1, 11), 10).numBlocks()).isZero();
    assertThat(kv.numCachedBlocks()).isEqualTo(2);
  }

  @Test
  void cachesABlockWhenItsLastTokenIsComputedAndNotBefore() {
    KvCacheManager kv = new KvCacheManager(10, 4, true);
    BlockTable table = kv.newTable(40);
    int[] sequence = tokens(0, 40);
    BlockHashes hashes = hasher.hash("", "", sequence);
    assertThat(kv.allocateSlots(table, 9)).isTrue();

    kv.cacheFullBlocks(table, hashes, sequence, 7);
    assertThat(kv.numCachedBlocks()).isEqualTo(1);
    kv.cacheFullBlocks(table, hashes, sequence, 8);
    assertThat(kv.numCachedBlocks()).isEqualTo(2);
    assertThatThrownBy(() -> kv.cacheFullBlocks(table, hashes, sequence, 16))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void sharesBlocksOfARunningSequenceAndOfAFreedOne() {
    KvCacheManager kv = new KvCacheManager(4, 4, true);
    BlockTable first = compute(kv, tokens(0, 8));
    CachedPrefix prefix = find(kv, tokens(0, 12), 11);
    BlockTable second = kv.newTable(40);
    assertThat(prefix.numReferenced()).isEqualTo(2);

    kv.usePrefix(second, prefix);
    assertThat(kv.numFreeBlocks()).isEqualTo(2);
    assertThat(second.blockId(1)).isEqualTo(first.blockId(1));
    kv.free(first);
    kv.checkIntegrity();
    assertThat(kv.numFreeBlocks()).isEqualTo(2);
    kv.free(second);
    assertThat(kv.numFreeBlocks()).isEqualTo(4);

    CachedPrefix again = find(kv, tokens(0, 12), 11);
    assertThat(again.numBlocks()).isEqualTo(2);
    assertThat(again.numReferenced()).isZero();
    kv.usePrefix(second, again);
    assertThat(kv.numFreeBlocks()).isEqualTo(2);
    kv.checkIntegrity();
  }

  @Test
  void evictsTheTailOfTheLeastRecentlyUsedSequenceFirst() {
    KvCacheManager kv = new KvCacheManager(6, 4, true);
    BlockTable old = compute(kv, tokens(0, 12));
    BlockTable recent = compute(kv, tokens(50, 12));
    kv.free(old);
    kv.free(recent);
    BlockTable next = kv.newTable(40);

    assertThat(kv.allocateSlots(next, 4)).isTrue();
    assertThat(find(kv, tokens(0, 12), 12).numBlocks()).isEqualTo(2);
    assertThat(find(kv, tokens(50, 12), 12).numBlocks()).isEqualTo(3);
    assertThat(kv.allocateSlots(next, 12)).isTrue();
    assertThat(find(kv, tokens(0, 12), 12).numBlocks()).isZero();
    assertThat(find(kv, tokens(50, 12), 12).numBlocks()).isEqualTo(3);
    assertThat(kv.numEvictions()).isEqualTo(3);
    kv.checkIntegrity();
  }

  @Test
  void aHitMakesASequenceRecentlyUsed() {
    KvCacheManager kv = new KvCacheManager(4, 4, true);
    kv.free(compute(kv, tokens(0, 8)));
    kv.free(compute(kv, tokens(50, 8)));
    BlockTable table = kv.newTable(40);
    kv.usePrefix(table, find(kv, tokens(0, 8), 8));
    kv.free(table);

    assertThat(kv.allocateSlots(table, 8)).isTrue();

    assertThat(find(kv, tokens(0, 8), 8).numBlocks()).isEqualTo(2);
    assertThat(find(kv, tokens(50, 8), 8).numBlocks()).isZero();
  }

  @Test
  void reusesBlocksWithoutCachedContentsBeforeAnyOther() {
    KvCacheManager kv = new KvCacheManager(3, 4, true);
    kv.free(compute(kv, tokens(0, 4)));
    BlockTable table = kv.newTable(40);
    assertThat(kv.allocateSlots(table, 8)).isTrue();
    kv.free(table);

    assertThat(kv.allocateSlots(table, 8)).isTrue();

    assertThat(kv.numEvictions()).isZero();
    assertThat(kv.allocateSlots(table, 9)).isTrue();
    assertThat(kv.numEvictions()).isEqualTo(1);
  }

  @Test
  void discardedBlocksAreFoundByNobody() {
    KvCacheManager kv = new KvCacheManager(6, 4, true);
    BlockTable bad = compute(kv, tokens(0, 8));
    BlockTable sharing = kv.newTable(40);
    kv.usePrefix(sharing, find(kv, tokens(0, 8), 8));

    kv.discard(bad);
    kv.checkIntegrity();
    assertThat(find(kv, tokens(0, 8), 8).numBlocks()).isZero();
    assertThat(kv.numFreeBlocks()).isEqualTo(4);
    kv.free(sharing);
    assertThat(kv.numFreeBlocks()).isEqualTo(6);
    kv.checkIntegrity();
  }

  @Test
  void resetForgetsFreeBlocksAndKeepsThoseInUse() {
    KvCacheManager kv = new KvCacheManager(6, 4, true);
    BlockTable running = compute(kv, tokens(0, 8));
    kv.free(compute(kv, tokens(50, 8)));

    assertThat(kv.resetPrefixCache()).isFalse();
    assertThat(find(kv, tokens(50, 8), 8).numBlocks()).isZero();
    assertThat(find(kv, tokens(0, 8), 8).numBlocks()).isEqualTo(2);
    kv.free(running);
    assertThat(kv.resetPrefixCache()).isTrue();
    assertThat(find(kv, tokens(0, 8), 8).numBlocks()).isZero();
    kv.checkIntegrity();
  }

  @Test
  void cachesNothingWhenSwitchedOff() {
    KvCacheManager kv = new KvCacheManager(6, 4, false);
    compute(kv, tokens(0, 8));

    assertThat(kv.numCachedBlocks()).isZero();
    assertThat(find(kv, tokens(0, 8), 8).numBlocks()).isZero();
    assertThat(kv.resetPrefixCache()).isTrue();
  }
}
