package dev.gatun.model.grammar;

import org.jspecify.annotations.Nullable;

/**
 * One open call on a stack: where to go on after it. Interned by {@link StateCache}, so that equal
 * stacks of one cache are the same object; the empty stack is {@link #BOTTOM}. Immutable.
 */
final class Frame {

  static final Frame BOTTOM = new Frame(0, -1, null);

  /** Unique among the frames of one cache; 0 is the bottom. */
  final int id;

  final int returnNode;
  final int depth;
  private final @Nullable Frame parent;

  Frame(int id, int returnNode, @Nullable Frame parent) {
    this.id = id;
    this.returnNode = returnNode;
    this.parent = parent;
    this.depth = parent == null ? 0 : parent.depth + 1;
  }

  /** The stack after the return. */
  Frame parent() {
    if (parent == null) {
      throw new IllegalStateException("the bottom of a stack has nothing below it");
    }
    return parent;
  }

  /** The largest stack that both begin with. */
  static Frame common(Frame one, Frame other) {
    Frame a = one;
    Frame b = other;
    while (a != b) {
      if (a.depth >= b.depth) {
        a = a.parent();
      } else {
        b = b.parent();
      }
    }
    return a;
  }
}
