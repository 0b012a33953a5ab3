package dev.gatun.engine.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.engine.api.EngineSnapshot;
import dev.gatun.engine.api.GenerateRequest;
import dev.gatun.engine.api.SamplingParams;
import dev.gatun.engine.api.TokenStream;
import dev.gatun.model.golden.TestModels;
import dev.gatun.tensor.Backend;
import dev.gatun.tensor.BackendOptions;
import dev.gatun.tensor.reference.ReferenceBackend;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The text of a request, greedy or seeded, is the one it gets alone: whatever else runs, however
 * its prompt is cut into chunks, whether its prefix was cached, whether it was preempted and
 * recomputed or swapped, whether steps overlap or drafts are verified. Five crowds of a hundred
 * requests on a real model, each in an engine of other dimensions.
 */
@Timeout(300)
final class DeterminismTest {
  private static final int NUM_REQUESTS = 100;
  private static final int NUM_CROWDS = 5;
  private static final int MAX_TOKENS = 40;
  private static final List<LoopMode> MODES = List.of(LoopMode.values());
  private static final Path MODEL = TestModels.path("tiny-llama3");

  /** Replay with {@code -Ddeterminism.seed=N}. */
  private final long seed = Long.getLong("determinism.seed", System.nanoTime());

  private final SplittableRandom random = new SplittableRandom(seed);

  @Test
  void noTextDependsOnHowItCameToBe() throws Exception {
    System.out.println("DeterminismTest: -Ddeterminism.seed=" + seed);
    List<GenerateRequest> requests = requests();
    List<List<Integer>> alone = runAlone(requests);
    long numPreemptions = 0;
    long numCachedTokens = 0;
    long numAcceptedTokens = 0;
    long numSwappedTokens = 0;
    for (int crowd = 0; crowd < NUM_CROWDS; crowd++) {
      EngineSnapshot end = runCrowd(crowd, requests, alone);
      numPreemptions += end.numPreemptions();
      numCachedTokens += end.numCachedTokens();
      numAcceptedTokens += end.speculation().numAcceptedTokens();
      numSwappedTokens += end.preemptions().numTokensSwappedIn();
    }
    System.out.printf(
        "%d preemptions, %d tokens swapped in, %d cached tokens, %d accepted draft tokens%n",
        numPreemptions, numSwappedTokens, numCachedTokens, numAcceptedTokens);
    assertThat(numPreemptions).isPositive();
    assertThat(numCachedTokens).isPositive();
  }

  private List<GenerateRequest> requests() {
    int[] shared = prompt(60);
    List<GenerateRequest> requests = new ArrayList<>();
    for (int i = 0; i < NUM_REQUESTS; i++) {
      int[] prompt = prompt(random.nextInt(1, 90));
      if (random.nextBoolean()) {
        int length = Math.min(prompt.length, random.nextInt(shared.length));
        System.arraycopy(shared, 0, prompt, 0, length);
      }
      SamplingParams sampling =
          SamplingParams.builder()
              .temperature(random.nextInt(3) == 0 ? 0.8f : 0)
              .repetitionPenalty(random.nextInt(4) == 0 ? 1.2f : 1)
              .seed(random.nextLong())
              .ignoreEos(true)
              .maxTokens(random.nextInt(1, MAX_TOKENS))
              .build();
      requests.add(new GenerateRequest("r" + i, prompt, sampling, GenerateRequest.NO_DEADLINE));
    }
    return requests;
  }

  /** Few different tokens, so that prompt lookup finds something. */
  private int[] prompt(int length) {
    return random.ints(length, 0, 30).toArray();
  }

  private static List<List<Integer>> runAlone(List<GenerateRequest> requests) throws Exception {
    List<List<Integer>> texts = new ArrayList<>();
    try (ModelEngine model =
        ModelEngine.start(
            MODEL,
            backend(),
            1,
            400,
            16,
            30,
            config -> config.withPrefixCaching(false, new byte[0]))) {
      for (GenerateRequest request : requests) {
        texts.add(model.run(request).tokens());
      }
    }
    return texts;
  }

  private EngineSnapshot runCrowd(
      int crowd, List<GenerateRequest> requests, List<List<Integer>> alone) throws Exception {
    int blockSize = random.nextInt(2, 20);
    int numBlocks = (90 + MAX_TOKENS) / blockSize + 1 + random.nextInt(12);
    int maxNumSeqs = random.nextInt(2, 24);
    int budget = random.nextInt(maxNumSeqs, 120);
    LoopMode mode = MODES.get(crowd % MODES.size());
    System.out.printf(
        "crowd %d: %s, %d blocks of %d, %d sequences, %d tokens per step%n",
        crowd, mode, numBlocks, blockSize, maxNumSeqs, budget);
    List<Integer> order = shuffled(requests.size());
    try (ModelEngine model =
        ModelEngine.start(
            MODEL, backend(), maxNumSeqs, budget, blockSize, numBlocks, mode::adapt)) {
      List<TokenStream> streams = model.submitTogether(order.stream().map(requests::get).toList());
      for (int i = 0; i < streams.size(); i++) {
        assertThat(Streams.read(streams.get(i)).tokens())
            .as("text of %s in crowd %d, seed %d", streams.get(i).requestId(), crowd, seed)
            .isEqualTo(alone.get(order.get(i)));
      }
      return model.engine().snapshot();
    }
  }

  private List<Integer> shuffled(int size) {
    List<Integer> order = new ArrayList<>(IntStream.range(0, size).boxed().toList());
    Collections.shuffle(order, new Random(random.nextLong()));
    return order;
  }

  private static Backend backend() {
    return new ReferenceBackend(BackendOptions.defaults());
  }
}
