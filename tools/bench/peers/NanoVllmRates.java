import com.igormaznitsa.nanollvm.chat.LlmListeners;
import com.igormaznitsa.nanollvm.llm.LLM;
import com.igormaznitsa.nanollvm.llm.SamplingParams;
import com.igormaznitsa.nanollvm.models.LlmModelFactory;
import java.io.FileDescriptor;
import java.io.FileWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Prefill and single-stream decode of nano-vllm-java, as pairs.py wants them: {"prefill": tokens/s,
 * "decode1": tokens/s}, the better of two runs each, since the first compiles. README.md has the
 * command.
 *
 * <p>Arguments: model directory, threads, tokens of the prompt, decode steps.
 */
final class NanoVllmRates {
  private static final int DECODE_CONTEXT = 64;
  private static final int RUNS = 2;

  private final LLM llm;
  private final Random random = new Random(1);

  private NanoVllmRates(LLM llm) {
    this.llm = llm;
  }

  public static void main(String[] arguments) throws IOException {
    int threads = Integer.parseInt(arguments[1]);
    int promptTokens = Integer.parseInt(arguments[2]);
    int steps = Integer.parseInt(arguments[3]);
    try (var model = LlmModelFactory.make(Path.of(arguments[0]), LlmListeners.silent());
        var llm =
            LLM.builder(model)
                .maxModelLen(1024)
                .maxNumBatchedTokens(1024)
                .maxNumSeqs(1)
                .numKvcacheBlocks(8)
                .cpuThreads(threads)
                .build()) {
      NanoVllmRates rates = new NanoVllmRates(llm);
      double prefill = 0;
      double decode = 0;
      for (int run = 0; run < RUNS; run++) {
        prefill = Math.max(prefill, promptTokens / rates.times(promptTokens, 1)[0]);
        decode = Math.max(decode, steps / rates.times(DECODE_CONTEXT, steps + 1)[1]);
      }
      try (FileWriter out = new FileWriter(FileDescriptor.out)) {
        out.write("{\"prefill\": %f, \"decode1\": %f}%n".formatted(prefill, decode));
      }
    }
  }

  /** Seconds until the first token and from it to the last; a prompt that no cache knows. */
  private double[] times(int promptTokens, int newTokens) {
    List<Integer> prompt = random.ints(promptTokens, 10, 10_000).boxed().toList();
    SamplingParams greedy =
        SamplingParams.builder().deterministic().maxTokens(newTokens).ignoreEos(true).build();
    List<Long> at = new ArrayList<>();
    long start = System.nanoTime();
    llm.generateTokenIds(
        List.of(prompt), greedy, false, Duration.ZERO, (int token) -> at.add(System.nanoTime()));
    if (at.size() != newTokens) {
      throw new IllegalStateException(at.size() + " tokens, expected " + newTokens);
    }
    return new double[] {(at.getFirst() - start) / 1e9, (at.getLast() - at.getFirst()) / 1e9};
  }
}
