package dev.gatun.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class AttentionBatchTest {
  private static AttentionBatch batch(BatchLimits limits) {
    return new AttentionBatch(
        limits,
        length -> Tensor.of(DType.I32, Shape.of(length), Arena.ofAuto().allocate(4L * length)));
  }

  private static int[] head(Tensor tensor, int count) {
    return IntStream.range(0, count).map(tensor::getInt).toArray();
  }

  @Test
  void holdsPrefillAndDecodeSideBySide() {
    AttentionBatch batch = batch(new BatchLimits(4, 2, 3, 2));

    batch.clear();
    batch.beginSequence(3);
    batch.addBlock(7);
    batch.addToken(11, 0, 28);
    batch.addToken(12, 1, 29);
    batch.addToken(13, 2, 30);
    batch.addLogitRow();
    batch.beginSequence(6);
    batch.addBlock(2);
    batch.addBlock(5);
    batch.addToken(21, 5, 21);
    batch.addLogitRow();

    assertThat(batch.numTokens()).isEqualTo(4);
    assertThat(batch.numSequences()).isEqualTo(2);
    assertThat(head(batch.queryStart(), 3)).containsExactly(0, 3, 4);
    assertThat(head(batch.contextLens(), 2)).containsExactly(3, 6);
    assertThat(head(batch.tokenIds(), 4)).containsExactly(11, 12, 13, 21);
    assertThat(head(batch.positions(), 4)).containsExactly(0, 1, 2, 5);
    assertThat(head(batch.slotMapping(), 4)).containsExactly(28, 29, 30, 21);
    assertThat(head(batch.logitRows(), batch.numLogitRows())).containsExactly(2, 3);
    assertThat(batch.blockTables().getInt(0)).isEqualTo(7);
    assertThat(batch.blockTables().getInt(3)).isEqualTo(2);
    assertThat(batch.blockTables().getInt(4)).isEqualTo(5);
  }

  @Test
  void clearStartsOver() {
    AttentionBatch batch = batch(new BatchLimits(1, 1, 1, 1));
    fill(batch);
    fill(batch);

    assertThat(batch.numTokens()).isEqualTo(1);
    batch.clear();
    assertThat(batch.numTokens()).isZero();
    assertThat(batch.numSequences()).isZero();
    assertThat(batch.numLogitRows()).isZero();
    assertThat(batch.queryStart().getInt(0)).isZero();
  }

  private static void fill(AttentionBatch batch) {
    batch.clear();
    batch.beginSequence(1);
    batch.addBlock(1);
    batch.addToken(1, 0, 16);
    batch.addLogitRow();
  }

  @Test
  void everyLimitHoldsExactly() {
    AttentionBatch batch = batch(new BatchLimits(1, 1, 1, 1));
    fill(batch);

    assertThatThrownBy(() -> batch.addToken(1, 1, 17))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("tokens > 1");
    assertThatThrownBy(() -> batch.addBlock(2))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("blocks > 1");
    assertThatThrownBy(() -> batch.addLogitRow())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("logit rows > 1");
    assertThatThrownBy(() -> batch.beginSequence(1))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("sequences > 1");
  }

  @Test
  void tokensAndBlocksBelongToASequence() {
    AttentionBatch batch = batch(new BatchLimits(2, 2, 2, 2));
    batch.clear();

    assertThatThrownBy(() -> batch.addToken(1, 0, 16)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> batch.addBlock(1)).isInstanceOf(IllegalStateException.class);
    batch.beginSequence(1);
    assertThatThrownBy(() -> batch.addLogitRow()).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void limitsAreAtLeastOne() {
    assertThat(new BatchLimits(1, 1, 1, 1).maxTokens()).isEqualTo(1);
    assertThatThrownBy(() -> new BatchLimits(0, 1, 1, 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new BatchLimits(1, 0, 1, 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new BatchLimits(1, 1, 0, 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new BatchLimits(1, 1, 1, 0))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
