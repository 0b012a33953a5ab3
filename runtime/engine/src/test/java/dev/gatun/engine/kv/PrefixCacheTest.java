package dev.gatun.engine.kv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class PrefixCacheTest {
  private static final PrefixHasher HASHER = new PrefixHasher(2, new byte[0]);

  private static BlockHashes hashes(int... tokens) {
    return HASHER.hash("", "", tokens);
  }

  /** Few buckets, many removals: entries move all the time. */
  @Test
  void findsWhatAMapWouldFindThroughAnyOrderOfRegisterAndRemove() {
    for (long seed = 0; seed < 100; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      int numBlocks = random.nextInt(1, 40);
      PrefixCache cache = new PrefixCache(numBlocks, 2);
      Map<Integer, Integer> blockByToken = new HashMap<>();
      for (int step = 0; step < 300; step++) {
        int id = random.nextInt(1, numBlocks + 1);
        int token = random.nextInt(60);
        if (cache.contains(id)) {
          cache.remove(id);
          blockByToken.values().remove(id);
        } else {
          int[] tokens = {token, token};
          cache.register(id, hashes(tokens), 0, tokens, PrefixCache.ROOT);
          blockByToken.putIfAbsent(token, id);
        }
        cache.checkIntegrity();
        assertThat(cache.size()).isEqualTo(blockByToken.size());
        int[] wanted = {token, token};
        assertThat(cache.find(hashes(wanted), 0, wanted, PrefixCache.ROOT))
            .as("seed %d step %d token %d", seed, step, token)
            .isEqualTo(blockByToken.getOrDefault(token, BlockPool.NULL_BLOCK));
      }
    }
  }

  @Test
  void sameHashWithOtherTokensIsNoHit() {
    PrefixCache cache = new PrefixCache(4, 2);
    int[] tokens = {1, 2};
    cache.register(3, hashes(tokens), 0, tokens, PrefixCache.ROOT);

    assertThat(cache.find(hashes(tokens), 0, tokens, PrefixCache.ROOT)).isEqualTo(3);
    assertThat(cache.find(hashes(tokens), 0, new int[] {1, 3}, PrefixCache.ROOT)).isZero();
  }

  @Test
  void sameHashAndTokensBehindAnotherPrefixIsNoHit() {
    PrefixCache cache = new PrefixCache(4, 2);
    int[] tokens = {1, 2, 3, 4};
    BlockHashes hashes = hashes(tokens);
    long first = cache.register(1, hashes, 0, tokens, PrefixCache.ROOT);
    long second = cache.register(2, hashes, 1, tokens, first);

    assertThat(cache.find(hashes, 1, tokens, first)).isEqualTo(2);
    assertThat(cache.find(hashes, 1, tokens, second)).isZero();
    assertThat(cache.find(hashes, 1, tokens, PrefixCache.ROOT)).isZero();
  }

  @Test
  void keepsTheFirstOfTwoBlocksWithTheSameContents() {
    PrefixCache cache = new PrefixCache(4, 2);
    int[] tokens = {1, 2};
    long serial = cache.register(1, hashes(tokens), 0, tokens, PrefixCache.ROOT);

    assertThat(cache.register(2, hashes(tokens), 0, tokens, PrefixCache.ROOT)).isEqualTo(serial);

    assertThat(cache.contains(2)).isFalse();
    assertThat(cache.find(hashes(tokens), 0, tokens, PrefixCache.ROOT)).isEqualTo(1);
  }

  @Test
  void replacesABlockWhosePrefixIsGone() {
    PrefixCache cache = new PrefixCache(4, 2);
    int[] tokens = {1, 2, 3, 4};
    BlockHashes hashes = hashes(tokens);
    long first = cache.register(1, hashes, 0, tokens, PrefixCache.ROOT);
    cache.register(2, hashes, 1, tokens, first);
    cache.remove(1);

    long anew = cache.register(3, hashes, 0, tokens, PrefixCache.ROOT);
    assertThat(cache.find(hashes, 1, tokens, anew)).isZero();
    cache.register(4, hashes, 1, tokens, anew);

    assertThat(cache.find(hashes, 1, tokens, anew)).isEqualTo(4);
    assertThat(cache.contains(2)).isFalse();
    cache.checkIntegrity();
  }

  @Test
  void refusesToRegisterABlockTwiceOrRemoveWhatIsNotThere() {
    PrefixCache cache = new PrefixCache(4, 2);
    int[] tokens = {1, 2};
    cache.register(1, hashes(tokens), 0, tokens, PrefixCache.ROOT);

    assertThatThrownBy(() -> cache.register(1, hashes(3, 4), 0, tokens, PrefixCache.ROOT))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> cache.remove(2)).isInstanceOf(IllegalStateException.class);
  }
}
