package dev.gatun.tensor.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.SampleLimits;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.TokenSampler;
import dev.gatun.tensor.contract.NaiveSampling.Candidate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** TokenSampler, where the backend has one. */
interface SamplingContract extends BackendCase {
  int MAX_ROWS = 80;
  int MAX_TOP = 7;

  private TokenSampler sampler(int vocabSize, int maxListEntries) {
    Optional<TokenSampler> sampler =
        on().backend()
            .newSampler(new SampleLimits(MAX_ROWS, vocabSize, 40, maxListEntries, MAX_TOP));
    assumeTrue(sampler.isPresent(), () -> on().backend().name() + " leaves sampling to the host");
    return sampler.orElseThrow();
  }

  /** Samples the rows, from logits in reverse order. */
  private static int[] run(Fixture on, TokenSampler sampler, List<SampledRow> rows) {
    float[][] logits = rows.reversed().stream().map(row -> row.logits).toArray(float[][]::new);
    sampler.clear();
    for (int i = 0; i < rows.size(); i++) {
      assertThat(rows.get(i).addTo(sampler, rows.size() - 1 - i)).isEqualTo(i);
    }
    Tensor tensor = on.matrix(DType.F32, logits);
    sampler.run(tensor);
    return IntStream.range(0, rows.size()).map(sampler::token).toArray();
  }

  private static void check(String label, SampledRow row, int actual) {
    float[] scores = NaiveSampling.scores(row);
    List<Candidate> kept = NaiveSampling.candidates(row, scores);
    if (row.temperature == 0 || kept.isEmpty()) {
      int expected = kept.isEmpty() ? TokenSampler.NO_TOKEN : kept.getFirst().id();
      assertThat(actual).as(label).isEqualTo(expected);
      return;
    }
    double mass = kept.stream().mapToDouble(Candidate::weight).sum();
    double point = NaiveSampling.uniform(row.seed, row.outputIndex) * mass;
    double sum = 0;
    for (Candidate candidate :
        kept.stream().sorted(Comparator.comparingInt(Candidate::id)).toList()) {
      double end = sum + candidate.weight();
      if (candidate.id() == actual) {
        // Next to a border, which rounding moves, either side of it is right.
        assertThat(point).as(label).isBetween(sum - 1e-6 * mass, end + 1e-6 * mass);
        return;
      }
      sum = end;
    }
    assertThat(kept).as("%s: token %d is not among these", label, actual).isEmpty();
  }

  @Test
  default void samplingDrawsAmongWhatTheCutsLeave() {
    for (int vocabSize : new int[] {1, 5, 40, 1500}) {
      TokenSampler sampler = sampler(vocabSize, 1);
      Random random = on().random("sampling " + vocabSize);
      List<SampledRow> rows = new ArrayList<>();
      for (int i = 0; i < MAX_ROWS; i++) {
        SampledRow row = new SampledRow(random, vocabSize);
        row.randomCuts(random, i);
        rows.add(row);
      }
      int[] tokens = run(on(), sampler, rows);
      for (int i = 0; i < tokens.length; i++) {
        check("sampling, %d tokens, row %d".formatted(vocabSize, i), rows.get(i), tokens[i]);
      }
    }
  }

  @Test
  default void samplingAppliesMasksShiftsAndPenalties() {
    int vocabSize = 77;
    TokenSampler sampler = sampler(vocabSize, MAX_ROWS * vocabSize);
    Random random = on().random("sampling edits");
    List<SampledRow> rows = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      SampledRow row = new SampledRow(random, vocabSize);
      row.temperature = i % 2 == 0 ? 0 : 0.7f;
      row.randomEdits(random, i);
      rows.add(row);
    }
    rows.get(4).mask = new long[2];
    int[] tokens = run(on(), sampler, rows);

    assertThat(tokens[4]).isEqualTo(TokenSampler.NO_TOKEN);
    for (int i = 0; i < tokens.length; i++) {
      check("sampling edits, row " + i, rows.get(i), tokens[i]);
    }
  }

  @Test
  default void samplingScoresTokensAndTheLikeliest() {
    int vocabSize = 300;
    TokenSampler sampler = sampler(vocabSize, 1);
    Random random = on().random("sampling scores");
    SampledRow drawn = new SampledRow(random, vocabSize);
    drawn.temperature = 1;
    drawn.numTop = MAX_TOP;
    Tensor logits = on().matrix(DType.F32, new float[][] {drawn.logits});
    sampler.clear();
    drawn.addTo(sampler, 0);
    sampler.beginScored(0, 123);
    sampler.top(0);
    sampler.run(logits);

    assertThat(sampler.token(1)).isEqualTo(123);
    Integer[] order = IntStream.range(0, vocabSize).boxed().toArray(Integer[]::new);
    Arrays.sort(order, Comparator.comparingDouble(id -> -drawn.logits[id]));
    double mass = 0;
    for (float logit : drawn.logits) {
      mass += Math.exp((double) logit - drawn.logits[order[0]]);
    }
    for (int row = 0; row < 2; row++) {
      float logit = drawn.logits[sampler.token(row)];
      assertThat(sampler.logit(row)).isEqualTo(logit);
      assertThat(sampler.largestLogit(row)).isEqualTo(drawn.logits[order[0]]);
      assertThat(sampler.mass(row)).isCloseTo(mass, within(1.1e-7 * mass + 0x1p-36 * vocabSize));
      long above = Arrays.stream(order).filter(id -> drawn.logits[id] > logit).count();
      assertThat(sampler.rank(row)).isEqualTo((int) above + 1);
    }
    for (int i = 0; i < MAX_TOP; i++) {
      assertThat(sampler.topToken(0, i)).as("likeliest %d", i).isEqualTo(order[i]);
      assertThat(sampler.topLogit(0, i)).isEqualTo(drawn.logits[order[i]]);
    }
  }

  @Test
  default void samplingRefusesUnsoundRowsAlone() {
    int vocabSize = 50;
    TokenSampler sampler = sampler(vocabSize, 1);
    Random random = on().random("sampling unsound");
    List<SampledRow> rows = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      rows.add(new SampledRow(random, vocabSize));
    }
    rows.get(0).logits[49] = Float.NaN;
    rows.get(1).logits[7] = Float.POSITIVE_INFINITY;
    Arrays.fill(rows.get(2).logits, Float.NEGATIVE_INFINITY);
    rows.get(3).logits[3] = Float.NEGATIVE_INFINITY;
    int[] tokens = run(on(), sampler, rows);

    assertThat(Arrays.copyOf(tokens, 3)).containsOnly(TokenSampler.UNSOUND);
    check("row 3", rows.get(3), tokens[3]);
    check("row 4", rows.get(4), tokens[4]);
  }

  @Test
  default void samplingTellsWhereThereIsNoRoom() {
    int vocabSize = 70;
    TokenSampler sampler = sampler(vocabSize, 2);
    SampledRow row = new SampledRow(on().random("sampling room"), vocabSize);
    sampler.clear();
    sampler.beginSampled(0, 1, 0);
    assertThat(sampler.shift(1, 2)).isTrue();
    assertThat(sampler.shift(2, 2)).isTrue();
    assertThat(sampler.shift(3, 2)).isFalse();
    assertThat(sampler.count(1, 1)).isTrue();
    sampler.dropRow();
    assertThat(sampler.beginSampled(0, 1, 0)).isZero();
    assertThat(sampler.shift(69, 100)).isTrue();
    sampler.run(on().matrix(DType.F32, new float[][] {row.logits}));

    assertThat(sampler.token(0)).isEqualTo(69);
    assertThatThrownBy(() -> sampler.shift(vocabSize, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("70 is not in [0, 70)");
    assertThatThrownBy(() -> sampler.top(MAX_TOP + 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("8 likeliest tokens of a row, at most 7");
  }
}
