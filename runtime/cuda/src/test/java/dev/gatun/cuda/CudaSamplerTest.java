package dev.gatun.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.engine.api.SamplingParams;
import dev.gatun.engine.api.TokenLogprobs;
import dev.gatun.engine.api.TokenRules;
import dev.gatun.engine.sample.EditSink;
import dev.gatun.engine.sample.LogprobScorer;
import dev.gatun.engine.sample.RowEdits;
import dev.gatun.engine.sample.Sampler;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.KvLayer;
import dev.gatun.tensor.SampleLimits;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.TokenSampler;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The sampler on the device gives, bit by bit, what the sampler on the host gives. */
final class CudaSamplerTest {
  private static final int NUM_ROWS = 96;
  private static final int MAX_TOP = 20;
  private static final int EOS = 3;
  private static final int NUM_PROMPT = 9;

  private final long seed = Long.getLong("gatun.test.seed", 1);

  @BeforeEach
  void needsADevice() {
    TestDevice.assumePresent();
    System.out.println("CudaSamplerTest: gatun.test.seed=" + seed);
  }

  private record Row(
      float[] logits, SamplingParams sampling, long[] mask, int[] tokens, long seed) {}

  /** Logits as peaked or flat as they come, with many equal ones in some rows. */
  private static float[] logits(SplittableRandom random, int vocabSize) {
    double scale = Math.pow(10, random.nextDouble(-2, 1.3));
    double step = random.nextInt(3) == 0 ? 0.25 : 0;
    float[] logits = new float[vocabSize];
    for (int id = 0; id < vocabSize; id++) {
      double logit = scale * random.nextGaussian();
      logits[id] = (float) (step == 0 ? logit : Math.rint(logit / step) * step);
      if (random.nextInt(200) == 0) {
        logits[id] = Float.NEGATIVE_INFINITY;
      }
    }
    return logits;
  }

  private static SamplingParams sampling(SplittableRandom random, int vocabSize) {
    int numBiased = random.nextInt(3) == 0 ? Math.min(40, vocabSize) : 0;
    int first = random.nextInt(Math.max(1, vocabSize - numBiased));
    int[] biased = new int[numBiased];
    float[] biases = new float[numBiased];
    for (int i = 0; i < numBiased; i++) {
      biased[i] = first + i;
      biases[i] = (float) random.nextDouble(-5, 5);
    }
    int[] allowed = random.nextInt(6) == 0 ? random.ints(30, 0, vocabSize).toArray() : new int[0];
    int[][] banned =
        random.nextInt(4) == 0
            ? new int[][] {{random.nextInt(vocabSize)}, {7, random.nextInt(vocabSize)}, {first}}
            : new int[0][];
    return SamplingParams.builder()
        .maxTokens(100)
        .temperature(random.nextInt(4) == 0 ? 0 : (float) random.nextDouble(0.05, 2))
        .topK(random.nextInt(3) == 0 ? random.nextInt(1, 2 * vocabSize) : 0)
        .topP(random.nextBoolean() ? (float) random.nextDouble(0.01, 1) : 1)
        .minP(random.nextInt(4) == 0 ? (float) random.nextDouble(0, 0.3) : 0)
        .repetitionPenalty(random.nextInt(3) == 0 ? (float) random.nextDouble(0.7, 1.6) : 1)
        .frequencyPenalty(random.nextInt(3) == 0 ? (float) random.nextDouble(-2, 2) : 0)
        .presencePenalty(random.nextInt(3) == 0 ? (float) random.nextDouble(-2, 2) : 0)
        .minTokens(random.nextInt(3) == 0 ? 90 : 0)
        .stopTokenIds(new int[] {first, EOS, vocabSize + 5})
        .tokenRules(new TokenRules(allowed, banned, biased, biases))
        .logprobs(random.nextInt(-1, MAX_TOP + 1))
        .build();
  }

  private static Row row(SplittableRandom random, int vocabSize) {
    int numTokens = NUM_PROMPT + random.nextInt(80);
    int[] tokens = random.ints(numTokens, 0, Math.min(vocabSize, 60)).toArray();
    long[] mask =
        random.nextInt(3) == 0 ? random.longs(Math.ceilDiv(vocabSize, 64)).toArray() : null;
    SamplingParams sampling = sampling(random, vocabSize);
    return new Row(logits(random, vocabSize), sampling, mask, tokens, random.nextLong());
  }

  private static void add(TokenSampler sampler, RowEdits edits, Row row, int at) {
    SamplingParams sampling = row.sampling;
    sampler.beginSampled(at, row.seed, row.tokens.length - NUM_PROMPT);
    long[] allowed = edits.allowed(sampling, row.mask);
    assertThat(allowed == null || sampler.mask(allowed)).isTrue();
    EditSink sink =
        new EditSink() {
          @Override
          public boolean shift(int tokenId, float value) {
            return sampler.shift(tokenId, value);
          }

          @Override
          public boolean count(int tokenId, int numOutput) {
            return sampler.count(tokenId, numOutput);
          }
        };
    assertThat(edits.list(sampling, row.tokens, NUM_PROMPT, row.tokens.length, sink)).isTrue();
    sampler.draw(sampling.temperature(), sampling.topK(), sampling.topP(), sampling.minP());
    sampler.penalise(
        sampling.repetitionPenalty(), sampling.frequencyPenalty(), sampling.presencePenalty());
    if (sampling.logprobs() >= 0) {
      sampler.top(sampling.logprobs());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 64, 500, 4099})
  void tokensAndLogprobsAreTheHosts(int vocabSize) {
    SplittableRandom random = new SplittableRandom(seed + vocabSize);
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < NUM_ROWS; i++) {
      rows.add(row(random, vocabSize));
    }
    Sampler host = new Sampler(vocabSize, new int[] {EOS});
    LogprobScorer scorer = new LogprobScorer(vocabSize);
    RowEdits edits = new RowEdits(vocabSize, new int[] {EOS});
    int numScored = 0;
    try (CudaBackend backend = TestDevice.open(DType.F32)) {
      TokenSampler sampler =
          backend
              .newSampler(new SampleLimits(NUM_ROWS, vocabSize, NUM_ROWS, 1 << 14, MAX_TOP))
              .orElseThrow();
      Tensor logits = Tensor.onHost(DType.F32, Shape.of(NUM_ROWS, vocabSize));
      for (int i = 0; i < NUM_ROWS; i++) {
        logits.writeFloats(i, 0, rows.get(i).logits, 0, vocabSize);
        add(sampler, edits, rows.get(i), i);
      }
      sampler.run(backend.place(logits));

      for (int i = 0; i < NUM_ROWS; i++) {
        Row row = rows.get(i);
        if (!Sampler.isSound(row.logits, vocabSize)) {
          assertThat(sampler.token(i)).isEqualTo(TokenSampler.UNSOUND);
          continue;
        }
        int expected =
            host.sample(
                row.logits,
                row.mask,
                row.sampling,
                row.tokens,
                NUM_PROMPT,
                row.tokens.length,
                row.seed);
        assertThat(sampler.token(i)).as("row %d, %s", i, row.sampling).isEqualTo(expected);
        if (expected >= 0 && row.sampling.logprobs() >= 0) {
          assertSame(sampler, i, scorer.score(row.logits, expected, row.sampling.logprobs()));
          numScored++;
        }
      }
    }
    assertThat(numScored).isPositive();
  }

  private static void assertSame(TokenSampler sampler, int row, TokenLogprobs expected) {
    double logSum = LogprobScorer.logSum(sampler.largestLogit(row), sampler.mass(row));
    assertThat(LogprobScorer.logprob(sampler.logit(row), logSum)).isEqualTo(expected.logprob());
    assertThat(sampler.rank(row)).isEqualTo(expected.rank());
    for (int i = 0; i < expected.topIds().length; i++) {
      assertThat(sampler.topToken(row, i)).as("likeliest %d", i).isEqualTo(expected.topIds()[i]);
      assertThat(LogprobScorer.logprob(sampler.topLogit(row, i), logSum))
          .isEqualTo(expected.topLogprobs()[i]);
    }
  }

  /** Its batch is filled again then. */
  @Test
  void aStepWithoutRowsIsWaitedFor() {
    try (CudaBackend backend = TestDevice.open(DType.F32)) {
      TokenSampler sampler = backend.newSampler(new SampleLimits(1, 64, 1, 1, 1)).orElseThrow();
      Shape shape = Shape.of(1, 512, 8, 128);
      KvLayer cache =
          new KvLayer(
              backend.allocate(DType.F32, shape, "keys"),
              backend.allocate(DType.F32, shape, "values"));
      KvLayer host =
          new KvLayer(
              backend.allocateHost(DType.F32, shape, "keys"),
              backend.allocateHost(DType.F32, shape, "values"));
      Tensor ones = Tensor.onHost(DType.F32, Shape.of(512, 8 * 128));
      Tensor slots = Tensor.onHost(DType.I32, Shape.of(512));
      for (int i = 0; i < 512; i++) {
        slots.setInt(i, i);
        for (int column = 0; column < ones.rowLength(); column++) {
          ones.setFloat(i, column, 1);
        }
      }
      Tensor placed = backend.place(ones);
      Tensor placedSlots = backend.place(slots);
      backend.ops().storeKv(cache, placed, placed, placedSlots);
      backend.ops().swapBlock(cache, 0, host, 0);

      sampler.clear();
      sampler.run(backend.allocate(DType.F32, Shape.of(1, 64), "logits"));

      assertThat(host.values().getFloat(0, host.values().rowLength() - 1)).isEqualTo(1);
    }
  }

  @Test
  void largerVocabulariesThanSumsAreExactForAreLeftToTheHost() {
    try (CudaBackend backend = TestDevice.open(DType.F32)) {
      SampleLimits limits = new SampleLimits(1, Sampler.EXACT_VOCABULARY + 1, 1, 1, 1);

      assertThat(backend.newSampler(limits)).isEmpty();
      assertThat(backend.samplerBytes(limits)).isZero();
    }
  }
}
