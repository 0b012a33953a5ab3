package dev.gatun.engine.sched;

import dev.gatun.engine.api.EngineLimits;
import dev.gatun.engine.api.GenerateRequest;
import dev.gatun.engine.api.SamplingParams;
import dev.gatun.engine.api.SamplingParamsBuilder;
import dev.gatun.engine.runner.WitnessModel;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What a seed makes of one simulated run: limits, a model, requests and when they come, leave and
 * expire. One step of the run takes {@link #STEP_NANOS}.
 *
 * <p>Requests share what real ones share: a system prompt, a document behind differing first
 * tokens, or an earlier conversation with its answer.
 *
 * @param copyNanos what the copy of a block is said to take; computing a token takes 100
 * @param resetEvery the prefix cache is reset after so many steps, again and again; 0 for never
 */
record SimulatedWorkload(
    SchedulerConfig config,
    WitnessModel model,
    List<Arrival> arrivals,
    int resetEvery,
    long copyNanos) {
  static final long STEP_NANOS = 1_000;

  private static final List<String> SALTS = List.of("", "a", "b");

  /**
   * One request.
   *
   * @param step when it arrives
   * @param abortStep when the client leaves, or -1
   */
  record Arrival(int step, int abortStep, long seed, GenerateRequest request) {}

  static SimulatedWorkload of(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    // Where there are few tokens to choose from, drafts are often right.
    int vocabSize = random.nextInt(4) == 0 ? random.nextInt(1, 4) : random.nextInt(5, 600);
    int[] eos = random.ints(random.nextInt(3), 0, vocabSize).toArray();
    int poisonEvery = random.nextInt(4) == 0 ? random.nextInt(20, 200) : 0;
    WitnessModel model = new WitnessModel(vocabSize, poisonEvery, eos);
    int blockSize = random.nextBoolean() ? random.nextInt(1, 6) : random.nextInt(6, 34);
    int maxModelLen = random.nextInt(2, 90);
    List<int[]> prefixes = sharedPrefixes(random, vocabSize, maxModelLen);
    List<Arrival> arrivals = new ArrayList<>();
    int numRequests = random.nextInt(1, 18);
    boolean hasSalts = random.nextInt(3) == 0;
    int step = 0;
    int longest = 1;
    for (int i = 0; i < numRequests; i++) {
      step += random.nextInt(3) == 0 ? random.nextInt(12) : 0;
      int[] prompt = prompt(random, arrivals, prefixes, model, maxModelLen);
      String salt = hasSalts ? SALTS.get(random.nextInt(SALTS.size())) : "";
      Arrival arrival = arrival(random, i, step, prompt, salt, vocabSize, maxModelLen);
      arrivals.add(arrival);
      int maxTokens = arrival.request().sampling().maxTokens();
      longest = Math.max(longest, prompt.length + Math.max(maxTokens - 1, 0));
    }
    int minBlocks = (longest + blockSize - 1) / blockSize;
    int numBlocks = minBlocks + (random.nextInt(3) == 0 ? 0 : random.nextInt(2 * minBlocks + 1));
    EngineLimits limits =
        new EngineLimits(
            maxModelLen,
            random.nextInt(1, 9),
            random.nextBoolean() ? random.nextInt(1, 10) : random.nextInt(10, 100),
            blockSize,
            numBlocks,
            numRequests,
            vocabSize,
            5);
    int threshold = random.nextInt(3) == 0 ? random.nextInt(1, 20) : 0;
    SchedulerConfig config =
        new SchedulerConfig(limits, threshold, random.nextInt(1, 12), eos)
            .withPrefixCaching(random.nextInt(6) > 0, new byte[0])
            .withPreemption(preemption(random, numBlocks))
            .withStepsInFlight(1 + random.nextInt(2))
            .withSpeculation(speculation(random));
    int resetEvery = random.nextInt(6) == 0 ? random.nextInt(1, 30) : 0;
    // Mostly cheap, so that there is something to swap.
    long copyNanos = random.nextInt(5) == 0 ? 1_000_000 : 10;
    return new SimulatedWorkload(config, model, arrivals, resetEvery, copyNanos);
  }

  private static Speculation speculation(SplittableRandom random) {
    if (random.nextInt(3) > 0) {
      return Speculation.NONE;
    }
    int min = random.nextInt(1, 3);
    return new Speculation(random.nextInt(1, 6), min, min + random.nextInt(3));
  }

  private static PreemptionConfig preemption(SplittableRandom random, int numBlocks) {
    // Mostly greedy, so that pools run dry.
    double overcommit = random.nextInt(8) == 0 ? random.nextDouble(-0.5, 0.5) : 1e9;
    SchedulingPolicy policy =
        random.nextBoolean() ? SchedulingPolicy.FCFS : SchedulingPolicy.PRIORITY;
    // From less than a block of one sequence to more than there is in the pool.
    int numSwapBlocks =
        switch (random.nextInt(4)) {
          case 0, 1 -> 0;
          case 2 -> 1 + random.nextInt(3);
          default -> 1 + random.nextInt(2 * numBlocks);
        };
    return PreemptionConfig.DEFAULT
        .withPolicy(policy, random.nextInt(20) * STEP_NANOS)
        .withOvercommit(overcommit)
        .withSwapBlocks(numSwapBlocks);
  }

  private static List<int[]> sharedPrefixes(SplittableRandom random, int vocabSize, int maxLength) {
    List<int[]> prefixes = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      prefixes.add(random.ints(random.nextInt(1, maxLength), 0, vocabSize).toArray());
    }
    return prefixes;
  }

  private static int[] prompt(
      SplittableRandom random,
      List<Arrival> arrivals,
      List<int[]> prefixes,
      WitnessModel model,
      int maxModelLen) {
    // Short prompts with long outputs are what outgrows a pool after admission.
    int longestPrompt = random.nextBoolean() ? Math.max(1, maxModelLen / 5) : maxModelLen - 1;
    int promptLength = random.nextInt(1, longestPrompt + 1);
    int[] prompt = random.ints(promptLength, 0, model.vocabSize()).toArray();
    int kind = random.nextInt(6);
    if (kind < 2) {
      int[] prefix = prefixes.get(random.nextInt(prefixes.size()));
      System.arraycopy(prefix, 0, prompt, 0, Math.min(prefix.length, promptLength));
      if (random.nextInt(4) == 0) {
        prompt[0] = random.nextInt(model.vocabSize());
      }
    } else if (kind == 2 && !arrivals.isEmpty()) {
      return nextTurn(random, arrivals.get(random.nextInt(arrivals.size())), model, maxModelLen);
    } else if (kind == 3 && !arrivals.isEmpty() && random.nextBoolean()) {
      // Another sample of the request before, as n > 1 asks for.
      return arrivals.getLast().request().promptTokenIds().clone();
    }
    return prompt;
  }

  /** An earlier prompt, its answer, and a little more. */
  private static int[] nextTurn(
      SplittableRandom random, Arrival earlier, WitnessModel model, int maxModelLen) {
    GenerateRequest request = earlier.request();
    WitnessModel.Answer answer =
        model.alone(request.promptTokenIds(), request.sampling(), earlier.seed(), maxModelLen);
    int[] more = random.ints(random.nextInt(1, 8), 0, model.vocabSize()).toArray();
    IntStream answered = answer.tokens().stream().mapToInt(Integer::intValue);
    return Stream.of(IntStream.of(request.promptTokenIds()), answered, IntStream.of(more))
        .flatMapToInt(Function.identity())
        .limit(maxModelLen - 1)
        .toArray();
  }

  private static Arrival arrival(
      SplittableRandom random,
      int index,
      int step,
      int[] prompt,
      String salt,
      int vocabSize,
      int maxModelLen) {
    int promptLength = prompt.length;
    int maxTokens = random.nextInt(0, maxModelLen - promptLength + 1);
    SamplingParamsBuilder sampling =
        SamplingParams.builder()
            .temperature(random.nextInt(2))
            .maxTokens(maxTokens)
            .minTokens(random.nextInt(3) == 0 ? random.nextInt(maxTokens + 1) : 0)
            .ignoreEos(random.nextInt(3) == 0)
            .promptLogprobs(random.nextInt(5) == 0 ? 0 : -1);
    if (random.nextInt(4) == 0) {
      sampling.stopTokenIds(random.nextInt(vocabSize));
    }
    int abortStep = random.nextInt(6) == 0 ? step + random.nextInt(40) : -1;
    long deadline =
        random.nextInt(8) == 0
            ? (step + random.nextInt(60)) * STEP_NANOS
            : GenerateRequest.NO_DEADLINE;
    GenerateRequest request =
        new GenerateRequest(
            "r" + index, prompt, sampling.build(), deadline, salt, random.nextInt(-2, 3));
    return new Arrival(step, abortStep, random.nextLong(), request);
  }
}
