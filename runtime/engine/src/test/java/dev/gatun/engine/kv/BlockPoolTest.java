package dev.gatun.engine.kv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class BlockPoolTest {

  @Test
  void handsOutEveryBlockOnceAndNeverTheNullBlock() {
    BlockPool pool = new BlockPool(3);

    int[] ids = {pool.allocate(), pool.allocate(), pool.allocate()};

    assertThat(ids).containsExactlyInAnyOrder(1, 2, 3);
    assertThat(pool.numFree()).isZero();
    assertThatThrownBy(pool::allocate).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void reusesTheBlockThatHasBeenFreeLongest() {
    BlockPool pool = new BlockPool(3);
    int first = pool.allocate();
    int second = pool.allocate();
    pool.release(second);
    pool.release(first);

    int third = pool.allocate();

    assertThat(third).isNotIn(first, second);
    assertThat(pool.allocate()).isEqualTo(second);
    assertThat(pool.allocate()).isEqualTo(first);
  }

  @Test
  void sharesAFreeBlockFromTheMiddleOfTheQueue() {
    BlockPool pool = new BlockPool(3);

    pool.share(2);
    pool.share(2);

    assertThat(pool.numFree()).isEqualTo(2);
    assertThat(pool.allocate()).isEqualTo(1);
    assertThat(pool.allocate()).isEqualTo(3);
    pool.release(2);
    assertThat(pool.isFree(2)).isFalse();
    pool.release(2);
    assertThat(pool.isFree(2)).isTrue();
  }

  @Test
  void reusesFirstWhatIsReleasedToTheFront() {
    BlockPool pool = new BlockPool(3);
    int id = pool.allocate();

    pool.releaseToFront(id);

    assertThat(pool.allocate()).isEqualTo(id);
  }

  @Test
  void refusesToReleaseWhatIsFree() {
    BlockPool pool = new BlockPool(2);
    int id = pool.allocate();
    pool.release(id);

    assertThatThrownBy(() -> pool.release(id)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> pool.release(BlockPool.NULL_BLOCK))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void refusesAnEmptyPool() {
    assertThatThrownBy(() -> new BlockPool(0)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void integrityComparesCountsWithReferences() {
    BlockPool pool = new BlockPool(2);
    int id = pool.allocate();
    int[] references = new int[3];
    references[id] = 1;

    assertThatCode(() -> pool.checkIntegrity(references)).doesNotThrowAnyException();
    assertThatThrownBy(() -> pool.checkIntegrity(new int[3]))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("block " + id);
    references[3 - id] = 1;
    assertThatThrownBy(() -> pool.checkIntegrity(references))
        .isInstanceOf(IllegalStateException.class);
  }
}
