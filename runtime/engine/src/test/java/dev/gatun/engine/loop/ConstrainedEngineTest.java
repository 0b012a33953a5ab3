package dev.gatun.engine.loop;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.gatun.engine.api.FinishReason;
import dev.gatun.engine.api.GenerateRequest;
import dev.gatun.engine.api.SamplingParams;
import dev.gatun.engine.api.TokenConstraint;
import dev.gatun.engine.api.TokenEvent;
import dev.gatun.engine.api.TokenStream;
import dev.gatun.model.golden.TestModels;
import dev.gatun.model.grammar.Constraint;
import dev.gatun.model.grammar.GrammarCompiler;
import dev.gatun.model.grammar.TokenTrie;
import dev.gatun.model.grammar.Whitespace;
import dev.gatun.model.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A model of random weights says anything; under a constraint it says what was asked for. */
@Timeout(120)
final class ConstrainedEngineTest {
  private static final long SEED = 40_417L;
  private static final int EOS = 3;
  private static final Path MODEL = TestModels.path("tiny-llama3");
  private static final Tokenizer TOKENIZER = Tokenizer.load(MODEL);
  private static final GrammarCompiler COMPILER =
      new GrammarCompiler(TokenTrie.of(TOKENIZER, new int[] {EOS}));
  private static final String DATE = "[12]\\d{3}-[01]\\d-[0-3]\\d(T[0-2]\\d:[0-5]\\d)?";
  private static final List<String> CHOICES = List.of("yes", "no", "Yesterday", "né à Paris");
  private static final String SCHEMA =
      """
      {"type":"object","required":["kind","sizes"],"properties":{
        "kind":{"enum":["lock","ship"]},
        "sizes":{"type":"array","minItems":1,"maxItems":3,
                 "items":{"type":"integer","minimum":-5,"maximum":120}},
        "note":{"type":"string","maxLength":12}}}
      """;

  @AfterAll
  static void close() {
    TOKENIZER.close();
  }

  private static TokenConstraint compile(Constraint constraint) {
    return new GrammarConstraint(COMPILER.compile(constraint));
  }

  private static GenerateRequest request(String id, int promptToken, SamplingParams sampling) {
    int[] prompt = {1, promptToken, 40};
    return new GenerateRequest(id, prompt, sampling, GenerateRequest.NO_DEADLINE);
  }

  private static String text(Streams.Output output) {
    int[] ids = output.tokens().stream().mapToInt(Integer::intValue).toArray();
    return TOKENIZER.decode(ids, true);
  }

  private static boolean fitsSchema(String text) {
    JsonNode document;
    try {
      document = new ObjectMapper().readTree(text);
    } catch (JsonProcessingException e) {
      return false;
    }
    JsonNode sizes = document.path("sizes");
    boolean fits = document.isObject() && List.of("lock", "ship").contains(text(document, "kind"));
    fits &= sizes.isArray() && sizes.size() >= 1 && sizes.size() <= 3;
    for (JsonNode size : sizes) {
      fits &= size.isInt() && size.intValue() >= -5 && size.intValue() <= 120;
    }
    JsonNode note = document.path("note");
    return fits
        && (note.isMissingNode()
            || note.textValue().codePointCount(0, note.textValue().length()) <= 12);
  }

  private static String text(JsonNode document, String field) {
    return document.path(field).asText();
  }

  @ParameterizedTest
  @EnumSource(LoopMode.class)
  void whateverIsSampledMatchesTheConstraint(LoopMode mode) throws Exception {
    Map<Constraint, Predicate<String>> checks = new LinkedHashMap<>();
    checks.put(new Constraint.Regex(DATE), text -> text.matches(DATE));
    checks.put(new Constraint.Choice(CHOICES), CHOICES::contains);
    checks.put(
        new Constraint.JsonSchema(SCHEMA, Whitespace.BOUNDED), ConstrainedEngineTest::fitsSchema);
    checks.put(
        new Constraint.Ebnf("root ::= \"(\" (root | [a-c]){1,2} \")\""),
        text ->
            text.matches("[()a-c]+")
                && text.chars().filter(c -> c == '(').count() * 2
                    == text.chars().filter(c -> c == '(' || c == ')').count());
    SplittableRandom random = new SplittableRandom(SEED);
    int numEnded = 0;
    int numSamples = 0;
    try (ModelEngine model = ModelEngine.startWithEos(MODEL, mode, 16, 64, 4, 400, EOS)) {
      for (Map.Entry<Constraint, Predicate<String>> entry : checks.entrySet()) {
        TokenConstraint constraint = compile(entry.getKey());
        List<GenerateRequest> requests = new ArrayList<>();
        for (int i = 0; i < 48; i++) {
          SamplingParams sampling =
              SamplingParams.builder()
                  .temperature(new float[] {0, 0.6f, 1, 4}[i % 4])
                  .topP(i % 3 == 0 ? 0.8f : 1)
                  .repetitionPenalty(i % 5 == 0 ? 1.3f : 1)
                  .seed(random.nextLong())
                  .maxTokens(70)
                  .constraint(constraint)
                  .build();
          requests.add(request("r" + i, 5 + random.nextInt(500), sampling));
        }
        for (TokenStream stream : model.submitTogether(requests)) {
          Streams.Output output = Streams.read(stream);
          assertThat(output.finished().failure()).as("seed %d", SEED).isNull();
          numSamples++;
          if (output.finished().reason() == FinishReason.STOP) {
            numEnded++;
            assertThat(entry.getValue().test(text(output)))
                .as("seed %d: '%s' for %s", SEED, text(output), entry.getKey())
                .isTrue();
          }
        }
      }
    }
    assertThat(numEnded).as("of %d, complete within max_tokens", numSamples).isGreaterThan(100);
  }

  @ParameterizedTest
  @EnumSource(LoopMode.class)
  void greedyTextIsTheSameAloneAndInACrowdThatIsPreempted(LoopMode mode) throws Exception {
    TokenConstraint constraint = compile(new Constraint.JsonSchema(SCHEMA, Whitespace.COMPACT));
    SamplingParams constrained =
        SamplingParams.builder().temperature(0).maxTokens(60).constraint(constraint).build();
    SamplingParams free = SamplingParams.builder().temperature(0).maxTokens(40).build();
    List<GenerateRequest> requests = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      requests.add(request("r" + i, 10 + 7 * i, i % 3 == 2 ? free : constrained));
    }
    List<List<Integer>> alone = new ArrayList<>();
    for (GenerateRequest request : requests) {
      try (ModelEngine model =
          ModelEngine.startWithEos(MODEL, LoopMode.STEP_BY_STEP, 1, 64, 16, 10, EOS)) {
        alone.add(model.run(request).tokens());
      }
    }

    try (ModelEngine model = ModelEngine.startWithEos(MODEL, mode, 6, 23, 3, 23, EOS)) {
      List<TokenStream> streams = model.submitTogether(requests);
      for (int i = 0; i < streams.size(); i++) {
        assertThat(Streams.read(streams.get(i)).tokens()).isEqualTo(alone.get(i));
      }
      assertThat(model.engine().snapshot().numPreemptions()).as("preemptions").isPositive();
    }
  }

  @Test
  void reportedLogprobsAreThoseOfTheModel() throws Exception {
    SamplingParams free = SamplingParams.builder().temperature(0).maxTokens(1).logprobs(3).build();
    SamplingParams digit =
        SamplingParams.builder()
            .temperature(0)
            .maxTokens(1)
            .logprobs(3)
            .constraint(compile(new Constraint.Regex("\\d+")))
            .build();
    try (ModelEngine model =
        ModelEngine.startWithEos(MODEL, LoopMode.STEP_BY_STEP, 2, 64, 16, 20, EOS)) {
      TokenEvent.Token anything = model.run(request("free", 9, free)).events().getFirst();
      Streams.Output output = model.run(request("digit", 9, digit));
      TokenEvent.Token number = output.events().getFirst();

      assertThat(text(output)).matches("\\d+");
      assertThat(output.finished().reason()).isEqualTo(FinishReason.LENGTH);
      assertThat(number.logprobs().topLogprobs()).isEqualTo(anything.logprobs().topLogprobs());
      assertThat(number.logprobs().rank()).isGreaterThan(1);
    }
  }
}
