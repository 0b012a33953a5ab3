package dev.gatun.engine.bench.evict;

/** Orders the free cached blocks of a {@link Replay}. Blocks that requests hold are not here. */
interface EvictionPolicy {

  /** Request {@code index} of the trace starts. */
  default void arrived(int index) {}

  /** The block's contents are new in the cache; somebody holds it. */
  default void cached(int block, int key) {}

  /** Nobody holds the block any more; the tail of a sequence comes before its head. */
  void freed(int block);

  /** The free block was found and is held again, or another one took over its contents. */
  void removed(int block);

  /** A request found the block, free or held. */
  default void hit(int block) {}

  /** A second sequence continues the block, or one behind it, otherwise than the first. */
  default void branched(int block) {}

  /** Takes out the free block to be reused. */
  int evict();
}
