package dev.gatun.engine.bench.evict;

/** Several doubly linked lists over the same blocks; a block is in one of them at most. */
final class BlockList {
  private final int[] previous;
  private final int[] next;

  /** Head of list l; per block the list it is in, 0 for none. */
  private final int[] sizes;

  private final int[] lists;
  private final int numBlocks;

  /** Lists are numbered from 1. */
  BlockList(int numBlocks, int numLists) {
    this.numBlocks = numBlocks;
    previous = new int[numBlocks + 1 + numLists];
    next = new int[numBlocks + 1 + numLists];
    sizes = new int[numLists + 1];
    lists = new int[numBlocks + 1];
    for (int list = 1; list <= numLists; list++) {
      previous[numBlocks + list] = numBlocks + list;
      next[numBlocks + list] = numBlocks + list;
    }
  }

  int size(int list) {
    return sizes[list];
  }

  int listOf(int block) {
    return lists[block];
  }

  /** First block; only if there is one. */
  int first(int list) {
    return next[numBlocks + list];
  }

  void append(int list, int block) {
    int end = numBlocks + list;
    previous[block] = previous[end];
    next[block] = end;
    next[previous[end]] = block;
    previous[end] = block;
    lists[block] = list;
    sizes[list]++;
  }

  void remove(int block) {
    next[previous[block]] = next[block];
    previous[next[block]] = previous[block];
    sizes[lists[block]]--;
    lists[block] = 0;
  }

  int removeFirst(int list) {
    int block = first(list);
    remove(block);
    return block;
  }
}
