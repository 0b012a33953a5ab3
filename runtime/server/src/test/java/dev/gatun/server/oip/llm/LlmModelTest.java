package dev.gatun.server.oip.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.gatun.engine.api.EngineState;
import dev.gatun.engine.api.ErrorCode;
import dev.gatun.engine.api.SamplingParams;
import dev.gatun.engine.api.ServingException;
import dev.gatun.engine.api.TokenMatcher;
import dev.gatun.server.oip.model.InferCall;
import dev.gatun.server.oip.model.InferResponse;
import dev.gatun.server.oip.model.Inferences;
import dev.gatun.server.oip.model.ModelRegistry;
import dev.gatun.server.oip.model.RequestedOutput;
import dev.gatun.server.oip.model.UncheckedRequest;
import dev.gatun.server.oip.tensor.ElementValues;
import dev.gatun.server.oip.tensor.InferTensor;
import dev.gatun.server.oip.tensor.RawSource;
import dev.gatun.server.testing.FakeEngine;
import dev.gatun.server.testing.TestModels;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tokens 68, 69 and 70 of the test tokenizer are a, b and c. */
final class LlmModelTest {
  private final FakeEngine engine = new FakeEngine(TestModels.EOS).answering(68, 69, 70);
  private final ModelRegistry registry = new ModelRegistry();
  private final Inferences inferences = new Inferences(registry);

  @BeforeEach
  void register() {
    registry.register(new LlmModel("tiny", TestModels.tiny(engine)));
  }

  private static UncheckedRequest.Input text(String name, String value) {
    InferTensor tensor = InferTensor.ofTexts(name, List.of(value));
    return new UncheckedRequest.Input(
        name, "BYTES", List.of(1L), Map.of(), new RawSource(tensor.data()));
  }

  private static UncheckedRequest.Input raw(
      String name, String datatype, List<Long> shape, int... bytes) {
    byte[] data = new byte[bytes.length];
    for (int i = 0; i < data.length; i++) {
      data[i] = (byte) bytes[i];
    }
    return new UncheckedRequest.Input(
        name, datatype, shape, Map.of(), new RawSource(ByteString.copyFrom(data)));
  }

  private static UncheckedRequest.Input flag(String name, boolean value) {
    return raw(name, "BOOL", List.of(1L), value ? 1 : 0);
  }

  private static UncheckedRequest request(
      Map<String, Object> parameters, List<String> outputs, UncheckedRequest.Input... inputs) {
    List<UncheckedRequest.Input> all = new ArrayList<>(List.of(inputs));
    all.add(text("text_input", "Hi "));
    return new UncheckedRequest(
        "tiny",
        "",
        "7",
        parameters,
        all,
        outputs.stream().map(name -> new RequestedOutput(name, Map.of())).toList());
  }

  private static List<Object> values(InferResponse response, String output) {
    return response.outputs().stream()
        .filter(tensor -> tensor.name().equals(output))
        .findFirst()
        .map(ElementValues::of)
        .orElseThrow();
  }

  private InferResponse infer(UncheckedRequest request) throws InterruptedException {
    return inferences.infer(request, InferCall.withoutDeadline());
  }

  private SamplingParams sampling() {
    return engine.submitted().getLast().sampling();
  }

  @Test
  void answersTheWholeTextAndNothingElseUnasked() throws InterruptedException {
    InferResponse response = infer(request(Map.of(), List.of()));

    assertThat(response.outputs()).extracting(InferTensor::name).containsExactly("text_output");
    assertThat(values(response, "text_output")).containsExactly("Hi abc");
    assertThat(response.id()).isEqualTo("7");
  }

  @Test
  void answersTheOutputsAskedForByNameInTheirOrder() throws InterruptedException {
    InferResponse response =
        infer(request(Map.of(), List.of("num_output_tokens", "finish_reason", "text_output")));

    assertThat(response.outputs())
        .extracting(InferTensor::name)
        .containsExactly("num_output_tokens", "finish_reason", "text_output");
    assertThat(values(response, "num_output_tokens")).containsExactly(4L);
    assertThat(values(response, "finish_reason")).containsExactly("stop");
  }

  @Test
  void takesSettingsAsTensorsOfEitherShape() throws InterruptedException {
    infer(
        request(
            Map.of("max_tokens", 9L),
            List.of(),
            raw("max_tokens", "INT32", List.of(1L, 1L), 2, 0, 0, 0),
            raw("temperature", "FP32", List.of(1L), 0, 0, 0, 0x3F),
            raw("stop_token_ids", "INT32", List.of(1L), 70, 0, 0, 0),
            flag("exclude_input_in_output", true)));

    assertThat(sampling().maxTokens()).isEqualTo(2);
    assertThat(sampling().temperature()).isEqualTo(0.5f);
    assertThat(sampling().stopTokenIds()).containsExactly(70);
  }

  @Test
  void sequencesOfOneRequestStandSideBySide() throws InterruptedException {
    InferResponse response =
        infer(
            request(
                Map.of("n", "2", "seed", 5L),
                List.of("text_output", "finish_reason"),
                flag("exclude_input_in_output", true)));

    assertThat(values(response, "text_output")).containsExactly("abc", "abc");
    assertThat(response.outputs().getFirst().shape()).containsExactly(2L);
    assertThat(engine.submitted())
        .extracting(submitted -> submitted.sampling().seed().orElseThrow())
        .containsExactly(5L, 6L);
  }

  @Test
  void refusesAStreamWhereThereIsOneResponse() {
    assertThatThrownBy(() -> infer(request(Map.of(), List.of(), flag("stream", true))))
        .isInstanceOfSatisfying(
            ServingException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNSUPPORTED))
        .hasMessageContaining("stream is true");
    assertThat(engine.submitted()).isEmpty();
  }

  @Test
  void streamsOfOneRequestCarryDeltasOfTextAndCounts() throws InterruptedException {
    List<InferResponse> responses = new ArrayList<>();
    List<Boolean> lasts = new ArrayList<>();
    inferences.stream(
        request(
            Map.of(),
            List.of(),
            flag("stream", true),
            flag("return_num_output_tokens", true),
            flag("return_finish_reason", true),
            flag("return_cumulative_logprob", true)),
        InferCall.withoutDeadline(),
        (response, isLast) -> {
          responses.add(response);
          lasts.add(isLast);
        });

    StringBuilder text = new StringBuilder();
    long numTokens = 0;
    for (InferResponse response : responses) {
      text.append(values(response, "text_output").getFirst());
      numTokens += (Long) values(response, "num_output_tokens").getFirst();
    }
    assertThat(text).hasToString("abc");
    assertThat(numTokens).isEqualTo(4);
    assertThat(values(responses.getLast(), "finish_reason")).containsExactly("stop");
    assertThat(values(responses.getLast(), "cumulative_logprob")).containsExactly(-2.0);
    assertThat(lasts.indexOf(true)).isEqualTo(lasts.size() - 1);
  }

  @Test
  void passesTheDeadlineToTheEngine() throws InterruptedException {
    inferences.infer(request(Map.of(), List.of()), new InferCall(123));

    assertThat(engine.submitted().getLast().deadlineNanos()).isEqualTo(123);
  }

  @Test
  void aCancelledCallAbortsItsRequestAndIsCountedAsFailed() {
    engine.stallAfter(0);
    InferCall call = InferCall.withoutDeadline();
    call.cancel();

    assertThatThrownBy(() -> inferences.infer(request(Map.of(), List.of()), call))
        .isInstanceOfSatisfying(
            ServingException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CANCELLED));
    assertThat(engine.aborted()).hasSize(1);
    assertThat(
            registry
                .statistics("tiny", "")
                .getModelStats(0)
                .getInferenceStats()
                .getFail()
                .getCount())
        .isEqualTo(1);
  }

  @Test
  void isUnavailableWhileTheEngineIs() {
    engine.state(EngineState.DRAINING);

    assertThatThrownBy(() -> infer(request(Map.of(), List.of())))
        .isInstanceOfSatisfying(
            ServingException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE))
        .hasMessageContaining("not at ready state");
  }

  @Test
  void refusesTextThatIsNotUtf8() {
    UncheckedRequest request =
        new UncheckedRequest(
            "tiny",
            "",
            "",
            Map.of(),
            List.of(raw("text_input", "BYTES", List.of(1L), 1, 0, 0, 0, 0xFF)),
            List.of());

    assertThatThrownBy(() -> infer(request))
        .isInstanceOfSatisfying(
            ServingException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT))
        .hasMessageContaining("UTF-8");
  }

  private boolean accepts(String text) {
    TokenMatcher matcher = sampling().constraint().orElseThrow().newMatcher();
    for (int id : TestModels.encode(text)) {
      if (!matcher.accept(id)) {
        return false;
      }
    }
    return matcher.isComplete();
  }

  @Test
  void constraintsComeAsParametersAsJsonAndAsTensors() throws InterruptedException {
    infer(request(Map.of("guided_json", "{\"type\":\"integer\"}"), List.of()));
    assertThat(accepts("-12")).isTrue();
    assertThat(accepts("x")).isFalse();
    infer(request(Map.of("structured_outputs", "{\"choice\":[\"ab\",\"c\"]}"), List.of()));
    assertThat(accepts("ab")).isTrue();
    infer(
        request(
            Map.of("guided_decoding_guide_type", "regex", "guided_decoding_guide", "b+"),
            List.of()));
    assertThat(accepts("bb")).isTrue();
    infer(
        request(
            Map.of(),
            List.of(),
            text(
                "sampling_parameters",
                "{\"response_format\":{\"type\":\"json_schema\",\"json_schema\":"
                    + "{\"schema\":{\"enum\":[\"a\"]}}}}")));
    assertThat(accepts("\"a\"")).isTrue();
    infer(request(Map.of(), List.of(), text("guided_choice", "c")));
    assertThat(accepts("c")).isTrue();
    assertThat(accepts("d")).isFalse();
  }

  @Test
  void aConstraintThatCannotBeUsedIsRefusedNamingItsPlace() {
    String schema = "{\"properties\":{\"a\":{\"not\":{}}}}";

    assertThatThrownBy(() -> infer(request(Map.of("guided_json", schema), List.of())))
        .isInstanceOfSatisfying(
            ServingException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT))
        .hasMessageContainingAll("guided_json", "#/properties/a", "'not'");
    assertThat(engine.submitted()).isEmpty();
  }
}
