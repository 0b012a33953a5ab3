package dev.gatun.engine.kv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class PrefixHasherTest {
  private static final byte[] MODEL = "model-1".getBytes(StandardCharsets.UTF_8);

  private static String hash(PrefixHasher hasher, String loraId, String salt, int... prompt) {
    BlockHashes hashes = hasher.hash(loraId, salt, prompt);
    return HexFormat.of().formatHex(hashes.hash(hashes.numBlocks() - 1));
  }

  /** Written down from the documented encoding by other means: replicas rely on it. */
  @Test
  void hashesAreTheDocumentedOnes() {
    BlockHashes hashes =
        new PrefixHasher(4, MODEL).hash("", "tenant", new int[] {1, 2, 3, 4, 5, 70_000, 7, 8, 9});

    assertThat(hashes.numBlocks()).isEqualTo(2);
    assertThat(HexFormat.of().formatHex(hashes.hash(0)))
        .isEqualTo("9698baad8ee56aff89bb1a5a3a77855c28dd4a4ce13a2158def98c06aad32e26");
    assertThat(HexFormat.of().formatHex(hashes.hash(1)))
        .isEqualTo("97929e6ee2bb82fbb2e439b2f3d685eee105cefaec82736e65298b5fae9de710");
  }

  @Test
  void whateverTellsSequencesApartChangesTheHash() {
    PrefixHasher hasher = new PrefixHasher(2, MODEL);
    Set<String> hashes = new HashSet<>();

    hashes.add(hash(hasher, "", "", 1, 2, 3, 4));
    hashes.add(hash(hasher, "", "", 2, 1, 3, 4));
    hashes.add(hash(hasher, "", "", 1, 2, 4, 3));
    hashes.add(hash(hasher, "", "", 3, 4));
    hashes.add(hash(hasher, "a", "", 1, 2, 3, 4));
    hashes.add(hash(hasher, "", "a", 1, 2, 3, 4));
    hashes.add(hash(hasher, "a", "a", 1, 2, 3, 4));
    hashes.add(hash(hasher, "aa", "", 1, 2, 3, 4));
    hashes.add(hash(new PrefixHasher(4, MODEL), "", "", 1, 2, 3, 4));
    hashes.add(hash(new PrefixHasher(2, new byte[0]), "", "", 1, 2, 3, 4));

    assertThat(hashes).hasSize(10);
    assertThat(hashes).contains(hash(new PrefixHasher(2, MODEL), "", "", 1, 2, 3, 4, 5));
  }

  @Test
  void extendsHashesStepByStepToTheSameAsAtOnce() {
    int[] tokens = new int[100];
    Arrays.setAll(tokens, i -> i * i);
    BlockHashes atOnce = new PrefixHasher(3, MODEL).hash("", "", tokens);
    BlockHashes extended = new PrefixHasher(3, MODEL).hash("", "", new int[] {0, 1});
    BlockHasher hasher = new BlockHasher(3);

    for (int numTokens = 3; numTokens <= 100; numTokens++) {
      hasher.extend(extended, tokens, numTokens);
      assertThat(extended.numBlocks()).isEqualTo(numTokens / 3);
    }

    assertThat(atOnce.numBlocks()).isEqualTo(33);
    for (int i = 0; i < 33; i++) {
      assertThat(extended.hash(i)).isEqualTo(atOnce.hash(i));
    }
  }

  @Test
  void shortPromptsHaveNoHash() {
    BlockHashes hashes = new PrefixHasher(4, MODEL).hash("", "", new int[] {1, 2, 3});

    assertThat(hashes.numBlocks()).isZero();
    assertThatThrownBy(() -> hashes.hash(0)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> new PrefixHasher(0, MODEL))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
