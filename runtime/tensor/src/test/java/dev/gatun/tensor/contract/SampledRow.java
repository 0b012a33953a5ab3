package dev.gatun.tensor.contract;

import dev.gatun.tensor.TokenSampler;
import java.util.Arrays;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** One row of a case of {@link SamplingContract}, with what changes it. */
final class SampledRow {
  final float[] logits;
  final long seed;
  final int outputIndex;
  final float[] shifts;

  /** Times that the output holds a token; -1 where the sequence does not. */
  final int[] counts;

  long @Nullable [] mask;
  float temperature;
  int topK;
  float topP = 1;
  float minP;
  float repetition = 1;
  float frequency;
  float presence;

  /** -1 for no scores. */
  int numTop = -1;

  /** Greedy, with few different logits, so that there are equals. */
  SampledRow(Random random, int vocabSize) {
    logits = new float[vocabSize];
    for (int id = 0; id < vocabSize; id++) {
      logits[id] = random.nextInt(64) / 8f - 4 + (id % 5 == 0 ? random.nextFloat() : 0);
    }
    seed = random.nextLong();
    outputIndex = random.nextInt(1000);
    shifts = new float[vocabSize];
    counts = new int[vocabSize];
    Arrays.fill(counts, -1);
  }

  void randomCuts(Random random, int number) {
    int vocabSize = logits.length;
    temperature = number % 8 == 0 ? 0 : 0.3f + number % 4 / 2f;
    topK = number % 3 == 0 ? 0 : 1 + random.nextInt(2 * vocabSize);
    topP = number % 4 == 1 ? 1 : 0.05f + 0.9f * random.nextFloat();
    minP = number % 5 == 4 ? 0.3f : 0;
  }

  void randomEdits(Random random, int number) {
    repetition = number % 3 == 0 ? 1.3f : 1;
    frequency = number % 4 == 0 ? 0.5f : 0;
    presence = number % 5 == 0 ? 1.5f : 0;
    for (int id = 0; id < logits.length; id++) {
      if (random.nextInt(4) == 0) {
        shifts[id] = id % 3 == 0 ? Float.NEGATIVE_INFINITY : 5 * random.nextFloat();
      }
      if (random.nextInt(3) == 0) {
        counts[id] = random.nextInt(4);
      }
    }
    if (number % 4 != 3) {
      mask = random.longs(Math.ceilDiv(logits.length, 64)).toArray();
    }
  }

  /** Hands the row over; gives its number. */
  int addTo(TokenSampler sampler, int logitsRow) {
    int row = sampler.beginSampled(logitsRow, seed, outputIndex);
    boolean fits = mask == null || sampler.mask(mask);
    for (int id = 0; id < logits.length; id++) {
      fits &= shifts[id] == 0 || sampler.shift(id, shifts[id]);
      fits &= counts[id] < 0 || sampler.count(id, counts[id]);
    }
    if (!fits) {
      throw new IllegalStateException("no room for the lists of row " + row);
    }
    sampler.draw(temperature, topK, topP, minP);
    sampler.penalise(repetition, frequency, presence);
    if (numTop >= 0) {
      sampler.top(numTop);
    }
    return row;
  }
}
