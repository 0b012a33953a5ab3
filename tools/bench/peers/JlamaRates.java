import com.github.tjake.jlama.model.ModelSupport;
import com.github.tjake.jlama.safetensors.DType;
import com.github.tjake.jlama.safetensors.prompt.PromptContext;
import java.io.File;
import java.io.FileDescriptor;
import java.io.FileWriter;
import java.io.IOException;
import java.util.UUID;

/**
 * Prefill and single-stream decode of Jlama, as pairs.py wants them: {"prefill": tokens/s,
 * "decode1": tokens/s}, the second of two runs; the first finds out how many words make a token.
 * README.md has the command.
 *
 * <p>Arguments: model directory, type of the inputs of linear layers (I8, BF16), tokens of the
 * prompt, decode steps.
 */
final class JlamaRates {
  private JlamaRates() {}

  public static void main(String[] arguments) throws IOException {
    int promptTokens = Integer.parseInt(arguments[2]);
    int steps = Integer.parseInt(arguments[3]);
    var model =
        ModelSupport.loadModel(new File(arguments[0]), DType.F32, DType.valueOf(arguments[1]));
    int words = promptTokens;
    for (int run = 0; run < 2; run++) {
      var answer =
          model.generate(
              UUID.randomUUID(),
              PromptContext.of(" a".repeat(words)),
              0.0f,
              promptTokens + steps,
              (text, time) -> {});
      words = words * promptTokens / answer.promptTokens;
      if (run == 1) {
        String rates =
            "{\"promptTokens\": %d, \"prefill\": %f, \"decode1\": %f}%n"
                .formatted(
                    answer.promptTokens,
                    answer.promptTokens * 1000.0 / answer.promptTimeMs,
                    answer.generatedTokens * 1000.0 / answer.generateTimeMs);
        try (FileWriter out = new FileWriter(FileDescriptor.out)) {
          out.write(rates);
        }
      }
    }
  }
}
