package dev.gatun.model.grammar;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A determinised state: all places of the automaton where the text read so far may stand, each with
 * its stack. Only nodes with byte edges are kept; what leads to them is implied.
 *
 * <p>Positions are final. Successors and masks are found later, under the lock of the cache; other
 * threads may read them without it, since a reader sees either nothing or a finished object whose
 * own fields are final.
 */
final class State {

  final int[] nodes;
  final Frame[] frames;

  /** Whether the text may end here; for a state with a cut stack, whether it may return. */
  final boolean canEnd;

  /** Stack depth needed by the deepest position until its rule ends. */
  final int reach;

  /** [numClasses] successors, null while unknown. */
  final @Nullable State[] next;

  /** The largest stack that lies under all positions; null while unknown. */
  @Nullable Frame base;

  /** This state with its base cut off; null while unknown. */
  @Nullable State local;

  volatile @Nullable TokenMask mask;
  @Nullable LocalMask localMask;

  State(int[] nodes, Frame[] frames, boolean canEnd, int reach, int numClasses) {
    this.nodes = nodes;
    this.frames = frames;
    this.canEnd = canEnd;
    this.reach = reach;
    this.next = new @Nullable State[numClasses];
  }

  /** Whether no byte may follow. */
  boolean hasNoSuccessor() {
    return nodes.length == 0;
  }

  /** Whether the text that led here is not the beginning of any accepted text. */
  boolean isDead() {
    return nodes.length == 0 && !canEnd;
  }

  /** Identity of a state in its cache: positions in canonical order. */
  record Key(long[] positions, boolean canEnd) {
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Key key
          && canEnd == key.canEnd
          && Arrays.equals(positions, key.positions);
    }

    @Override
    public int hashCode() {
      return 31 * Arrays.hashCode(positions) + Boolean.hashCode(canEnd);
    }
  }
}
