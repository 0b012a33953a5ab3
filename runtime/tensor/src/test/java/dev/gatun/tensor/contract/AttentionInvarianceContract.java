package dev.gatun.tensor.contract;

import static dev.gatun.tensor.contract.Fixture.pick;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.contract.AttentionCase.Chunk;
import dev.gatun.tensor.contract.AttentionCase.Sequence;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * The bits of a token's attention depend on its sequence alone: not on chunks, block tables or the
 * rest of the batch. This is what makes greedy text the same under any load.
 */
interface AttentionInvarianceContract extends BackendCase {
  int LENGTH = 61;

  /** In F32, and again in the backend's own type. */
  private List<AttentionCase> layers() {
    List<AttentionCase> layers = new ArrayList<>();
    for (DType activation : on().activationTypes()) {
      layersInF32().forEach(layer -> layers.add(layer.with(activation)));
    }
    return layers;
  }

  private static List<AttentionCase> layersInF32() {
    AttentionCase plain = new AttentionCase(DType.F32, DType.F32, 4, 2, 3, 24, 0, 0, new float[0]);
    AttentionCase bf16 = new AttentionCase(DType.BF16, DType.F32, 16, 1, 4, 64, 0, 0, new float[0]);
    AttentionCase bytes = new AttentionCase(DType.I8, DType.F32, 4, 2, 3, 20, 0, 0, new float[0]);
    return List.of(
        plain,
        bf16,
        bytes,
        plain.with(0, 17),
        bf16.with(5, 0),
        plain.with(3, 30, 0.5f, -1f, 2f, 0f, 1f, -2f));
  }

  @Test
  default void anyChunksGiveTheBitsOfOneChunk() {
    for (AttentionCase layer : layers()) {
      Random random = on().random("chunks " + layer.cacheType());
      Sequence sequence = layer.sequence(random, LENGTH);
      float[][] whole = layer.run(on(), random, List.of(new Chunk(sequence, 0, LENGTH)));
      for (int round = 0; round < 6; round++) {
        int from = 0;
        while (from < LENGTH) {
          int to = Math.min(LENGTH, from + 1 + random.nextInt(1 + 5 * round));
          float[][] part = layer.run(on(), random, List.of(new Chunk(sequence, from, to)));
          int[] rows = IntStream.range(from, to).toArray();
          Check.sameBits("[" + from + ", " + to + ") of " + layer, part, pick(whole, rows));
          from = to;
        }
      }
    }
  }

  @Test
  default void blockTablesDoNotChangeBits() {
    for (AttentionCase layer : layers()) {
      Random random = on().random("tables " + layer.cacheType());
      Sequence sequence = layer.sequence(random, LENGTH);
      List<Chunk> chunks = List.of(new Chunk(sequence, 20, LENGTH));
      float[][] first = layer.run(on(), random, chunks);
      for (int round = 0; round < 3; round++) {
        Check.sameBits("round " + round + " of " + layer, layer.run(on(), random, chunks), first);
      }
    }
  }

  @Test
  default void otherSequencesDoNotChangeBits() {
    for (AttentionCase layer : layers()) {
      Random random = on().random("batch " + layer.cacheType());
      List<Chunk> chunks = new ArrayList<>();
      for (int i = 0; i < 12; i++) {
        int length = 1 + random.nextInt(LENGTH);
        int from = i % 3 == 0 ? random.nextInt(length) : length - 1;
        chunks.add(new Chunk(layer.sequence(random, length), from, length));
      }
      float[][] together = layer.run(on(), random, chunks);
      int row = 0;
      for (Chunk chunk : chunks) {
        float[][] alone = layer.run(on(), random, List.of(chunk));
        int[] rows = IntStream.range(row, row + alone.length).toArray();
        Check.sameBits("chunk at row " + row + " of " + layer, alone, pick(together, rows));
        row += alone.length;
      }
    }
  }

  /** Backends may cut a long context into parts of 256 positions or a multiple of it. */
  @Test
  default void contextsAndWindowsAcrossBordersOfPartsKeepTheirBits() {
    AttentionCase plain = new AttentionCase(DType.F32, DType.F32, 16, 2, 3, 16, 0, 0, new float[0]);
    AttentionCase bf16 = new AttentionCase(DType.BF16, DType.F32, 4, 1, 7, 20, 0, 0, new float[0]);
    List<AttentionCase> all =
        List.of(
            plain,
            bf16,
            plain.with(2, 0, 0.5f, -1f, 2f, 0f, 1f, -2f),
            bf16.with(0, 260),
            plain.with(3, 257, 1f, 1f, 2f, 0f, -1f, -2f));
    for (DType activation : on().activationTypes()) {
      all.forEach(layer -> partsCase(layer.with(activation)));
    }
  }

  private void partsCase(AttentionCase layer) {
    Random random = on().random("parts " + layer.cacheType() + layer.window());
    Sequence sequence = layer.sequence(random, 530);
    float[][] whole = layer.run(on(), random, List.of(new Chunk(sequence, 250, 530)));
    for (int from : new int[] {254, 255, 256, 257, 510, 511, 512, 513, 529}) {
      List<Chunk> decode = List.of(new Chunk(sequence, from, from + 1));
      layer.check(on(), random, decode);
      Check.sameBits(
          from + " of " + layer, layer.run(on(), random, decode), pick(whole, from - 250));
      int to = Math.min(530, from + 9);
      int[] rows = IntStream.range(from - 250, to - 250).toArray();
      float[][] chunk = layer.run(on(), random, List.of(new Chunk(sequence, from, to)));
      Check.sameBits("chunk at " + from + " of " + layer, chunk, pick(whole, rows));
    }
  }

  /** A sequence whose cache holds NaN shows NaN itself and nowhere else. */
  @Test
  default void poisonedSequenceFailsAlone() {
    AttentionCase layer = layers().get(0);
    Random random = on().random("poison");
    Sequence healthy = layer.sequence(random, 10);
    Sequence poisoned = layer.sequence(random, 10);
    poisoned.k()[3][0] = Float.NaN;
    List<Chunk> alone = List.of(new Chunk(healthy, 5, 10));
    List<Chunk> beside = List.of(new Chunk(poisoned, 5, 10), new Chunk(healthy, 5, 10));

    float[][] expected = layer.run(on(), random, alone);
    float[][] actual = layer.run(on(), random, beside);

    Check.sameBits("healthy", pick(actual, 5, 6, 7, 8, 9), expected);
    Check.isNan("poisoned", actual[0][0]);
  }
}
