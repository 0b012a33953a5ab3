package dev.gatun.model.grammar;

import java.util.Arrays;

/** Edges in the order in which they are found: source, two numbers, target. */
final class EdgeList {

  private int[] edges = new int[256];
  private int size;

  void add(int from, int first, int last, int to) {
    if (size == edges.length) {
      edges = Arrays.copyOf(edges, 2 * size);
    }
    edges[size++] = from;
    edges[size++] = first;
    edges[size++] = last;
    edges[size++] = to;
  }

  /**
   * Numbers the classes of bytes that no edge of this list tells apart; a class is a range.
   *
   * @param classOfByte [256] is filled
   * @return the number of classes
   */
  int classify(int[] classOfByte) {
    boolean[] isFirst = new boolean[257];
    for (int i = 0; i < size; i += 4) {
      isFirst[edges[i + 1]] = true;
      isFirst[edges[i + 2] + 1] = true;
    }
    int current = 0;
    for (int b = 0; b < 256; b++) {
      if (b > 0 && isFirst[b]) {
        current++;
      }
      classOfByte[b] = current;
    }
    return current + 1;
  }

  /** The edges sorted by their source; those of node n at {@code starts[n] .. starts[n+1]-1}. */
  Table table(int numNodes) {
    int[] starts = new int[numNodes + 1];
    for (int i = 0; i < size; i += 4) {
      starts[edges[i] + 1]++;
    }
    for (int n = 0; n < numNodes; n++) {
      starts[n + 1] += starts[n];
    }
    int[] next = Arrays.copyOf(starts, numNodes);
    int count = size / 4;
    Table table = new Table(starts, new int[count], new int[count], new int[count]);
    for (int i = 0; i < size; i += 4) {
      int at = next[edges[i]]++;
      table.first[at] = edges[i + 1];
      table.last[at] = edges[i + 2];
      table.targets[at] = edges[i + 3];
    }
    return table;
  }

  record Table(int[] starts, int[] first, int[] last, int[] targets) {}
}
