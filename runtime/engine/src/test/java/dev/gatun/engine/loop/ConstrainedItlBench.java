package dev.gatun.engine.loop;

import dev.gatun.engine.api.GenerateRequest;
import dev.gatun.engine.api.SamplingParams;
import dev.gatun.engine.api.SamplingParamsBuilder;
import dev.gatun.engine.api.TokenConstraint;
import dev.gatun.engine.api.TokenEvent;
import dev.gatun.engine.api.TokenStream;
import dev.gatun.model.grammar.Constraint;
import dev.gatun.model.grammar.GrammarCompiler;
import dev.gatun.model.grammar.TokenTrie;
import dev.gatun.model.grammar.Whitespace;
import dev.gatun.model.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Time between tokens of one request with and without a constraint, in turn on the same engine
 * (reference backend). Run with the test class path and a model directory, for example demo-model.
 */
public final class ConstrainedItlBench {
  private static final int ROUNDS = 60;
  private static final int MAX_TOKENS = 120;

  private ConstrainedItlBench() {}

  /** Prints the figures. */
  public static void main(String[] args) throws InterruptedException {
    Path directory = Path.of(args[0]);
    try (Tokenizer tokenizer = Tokenizer.load(directory);
        ModelEngine model =
            ModelEngine.startWithEos(directory, LoopMode.STEP_BY_STEP, 1, 64, 16, 40, 3)) {
      GrammarCompiler compiler = new GrammarCompiler(TokenTrie.of(tokenizer, new int[] {3}));
      Constraint items =
          new Constraint.JsonSchema(
              "{\"type\":\"array\",\"minItems\":100,\"items\":{\"type\":\"object\",\"required\":"
                  + "[\"name\",\"size\"],\"properties\":{\"name\":{\"type\":\"string\","
                  + "\"maxLength\":12},\"size\":{\"type\":\"integer\"}}}}",
              Whitespace.BOUNDED);
      TokenConstraint constraint = new GrammarConstraint(compiler.compile(items));
      long[][] gaps = new long[2][ROUNDS * (MAX_TOKENS - 1)];
      int[] counts = new int[2];
      for (int round = 0; round < 2 * ROUNDS; round++) {
        int kind = round % 2;
        SamplingParamsBuilder sampling =
            SamplingParams.builder().maxTokens(MAX_TOKENS).ignoreEos(true).seed(round / 2);
        if (kind == 1) {
          sampling.constraint(constraint);
        }
        counts[kind] = read(model, sampling.build(), gaps[kind], counts[kind]);
      }
      for (int kind = 0; kind < 2; kind++) {
        long[] late = Arrays.copyOfRange(gaps[kind], counts[kind] / 2, counts[kind]);
        Arrays.sort(late);
        System.out.printf(
            Locale.ROOT,
            "%s: ITL median %.1f us, p99 %.1f us over %d tokens%n",
            kind == 0 ? "free       " : "constrained",
            late[late.length / 2] / 1e3,
            late[late.length * 99 / 100] / 1e3,
            late.length);
      }
    }
  }

  private static int read(ModelEngine model, SamplingParams sampling, long[] gaps, int from)
      throws InterruptedException {
    TokenStream stream =
        model
            .submitTogether(
                List.of(
                    new GenerateRequest(
                        "r", new int[] {1, 40, 41}, sampling, GenerateRequest.NO_DEADLINE)))
            .getFirst();
    int count = from;
    long last = 0;
    while (stream.next() instanceof TokenEvent.Token) {
      long now = System.nanoTime();
      if (last != 0) {
        gaps[count++] = now - last;
      }
      last = now;
    }
    return count;
  }
}
