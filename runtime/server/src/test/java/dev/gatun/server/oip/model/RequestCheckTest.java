package dev.gatun.server.oip.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.gatun.engine.api.ErrorCode;
import dev.gatun.engine.api.ServingException;
import dev.gatun.server.oip.tensor.Datatype;
import dev.gatun.server.oip.tensor.RawSource;
import dev.gatun.server.oip.tensor.TensorSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.assertj.core.api.AbstractThrowableAssert;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a request must be like, check by check. */
final class RequestCheckTest {
  private final TensorModel model = new AddModel();

  /** Two inputs, one of them optional, and one output. */
  private static final class AddModel implements TensorModel {
    @Override
    public String name() {
      return "m";
    }

    @Override
    public String platform() {
      return "test";
    }

    @Override
    public List<TensorSpec> inputs() {
      return List.of(
          new TensorSpec(
              "A",
              Optional.of(Datatype.INT32),
              Optional.of(List.of(TensorSpec.ANY_SIZE, 2L)),
              false),
          TensorSpec.optionalScalar("B", Datatype.BOOL));
    }

    @Override
    public List<TensorSpec> outputs() {
      return List.of(TensorSpec.any("Y"));
    }

    @Override
    public boolean takesUndeclared(String inputName) {
      return false;
    }

    @Override
    public Set<String> outputNames(List<String> inputNames) {
      return Set.of("Y");
    }

    @Override
    public boolean isDecoupled() {
      return false;
    }

    @Override
    public Map<String, String> properties() {
      return Map.of();
    }

    @Override
    public boolean isReady() {
      return true;
    }

    @Override
    public InferResponse infer(InferRequest request, InferCall call) {
      return InferResponse.to(request, List.of());
    }
  }

  private static UncheckedRequest.Input input(
      String name, String datatype, List<Long> shape, @Nullable TensorSource source) {
    return new UncheckedRequest.Input(name, datatype, shape, Map.of(), source);
  }

  private static TensorSource bytes(int size) {
    return new RawSource(ByteString.copyFrom(new byte[size]));
  }

  private static UncheckedRequest.Input a() {
    return input("A", "INT32", List.of(1L, 2L), bytes(8));
  }

  private static UncheckedRequest request(
      Map<String, Object> parameters, List<String> outputs, UncheckedRequest.Input... inputs) {
    return new UncheckedRequest(
        "m",
        "",
        "7",
        parameters,
        List.of(inputs),
        outputs.stream().map(name -> new RequestedOutput(name, Map.of())).toList());
  }

  private AbstractThrowableAssert<?, ? extends Throwable> refused(UncheckedRequest request) {
    return assertThatThrownBy(() -> RequestCheck.check(model, request))
        .isInstanceOfSatisfying(
            ServingException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT));
  }

  private AbstractThrowableAssert<?, ? extends Throwable> refused(
      UncheckedRequest.Input... inputs) {
    return refused(request(Map.of(), List.of(), inputs));
  }

  @Test
  void passesWhatFits() {
    InferRequest checked =
        RequestCheck.check(
            model,
            request(
                Map.of("priority", 1L, "sequence_id", "s", "mine", 2.5),
                List.of("Y"),
                a(),
                input("B", "BOOL", List.of(1L, 1L), bytes(1))));

    assertThat(checked.id()).isEqualTo("7");
    assertThat(checked.outputs()).containsExactly("Y");
    assertThat(checked.input("A").orElseThrow().shape()).containsExactly(1L, 2L);
    assertThat(checked.input("B")).isPresent();
    assertThat(checked.input("C")).isEmpty();
  }

  @Test
  void refusesNamesThatComeTwice() {
    refused(a(), a()).hasMessageContaining("input 'A' already exists in request");
    refused(request(Map.of(), List.of("Y", "Y"), a())).hasMessageContaining("'Y' already exists");
  }

  @Test
  void refusesReservedParametersOfTheWrongType() {
    refused(request(Map.of("sequence_start", 1L), List.of(), a()))
        .hasMessageContaining("invalid value type for 'sequence_start' parameter");
    refused(request(Map.of("sequence_id", true), List.of(), a()))
        .hasMessageContaining("sequence_id");
    refused(request(Map.of("priority", -1L), List.of(), a())).hasMessageContaining("priority");
    refused(request(Map.of("timeout", "1"), List.of(), a())).hasMessageContaining("timeout");
    refused(request(Map.of("triton_other", true), List.of(), a())).hasMessageContaining("reserved");
    refused(request(Map.of("triton_enable_empty_final_response", "yes"), List.of(), a()))
        .hasMessageContaining("triton_enable_empty_final_response");
  }

  @Test
  void refusesInputsWithoutData() {
    refused(input("A", "INT32", List.of(1L, 2L), null))
        .hasMessageContaining("unable to find data for input tensor 'A' for model 'm' in request");
    assertThat(
            RequestCheck.check(
                    model, request(Map.of(), List.of(), input("A", "INT32", List.of(0L, 2L), null)))
                .inputs())
        .singleElement()
        .satisfies(tensor -> assertThat(tensor.data()).isEmpty());
  }

  @Test
  void refusesMissingAndUnexpectedInputs() {
    refused(input("B", "BOOL", List.of(1L), bytes(1)))
        .hasMessageContaining("expected between 1 and 2 inputs but got 1")
        .hasMessageContaining("missing required input(s) ['A']");
    refused(a(), input("C", "BOOL", List.of(1L), bytes(1)))
        .hasMessageContaining("unexpected inference input 'C' for model 'm'");
  }

  @Test
  void refusesAnotherDatatype() {
    refused(input("A", "FP32", List.of(1L, 2L), bytes(8)))
        .hasMessageContaining(
            "inference input 'A' data-type is 'FP32', but model 'm' expects 'INT32'");
  }

  @Test
  void refusesAnotherShape() {
    refused(input("A", "INT32", List.of(2L, 1L), bytes(8)))
        .hasMessageContaining("unexpected shape for input 'A'")
        .hasMessageContaining("Expected [-1, 2], got [2, 1]");
    refused(input("A", "INT32", List.of(2L), bytes(8))).hasMessageContaining("unexpected shape");
    refused(input("A", "INT32", List.of(-1L, 2L), bytes(8))).hasMessageContaining("negative");
    refused(input("A", "INT32", List.of(Long.MAX_VALUE, 2L), bytes(8)))
        .hasMessageContaining("64 bits");
    refused(a(), input("B", "BOOL", List.of(2L), bytes(2))).hasMessageContaining("'B'");
    refused(a(), input("B", "BOOL", List.of(1L, 1L, 1L), bytes(1))).hasMessageContaining("'B'");
  }

  @Test
  void refusesDataOfAnotherSize() {
    refused(input("A", "INT32", List.of(1L, 2L), bytes(9)))
        .hasMessageContaining(
            "input byte size mismatch for input 'A' for model 'm'. Expected 8, got 9");
  }

  @Test
  void refusesUnknownOutputs() {
    refused(request(Map.of(), List.of("Z"), a()))
        .hasMessageContaining("unexpected inference output 'Z' for model 'm'");
  }

  @Test
  void checksInTheOrderThatClientsSeeInTheReferenceServer() {
    UncheckedRequest.Input worst = input("C", "NONE", List.of(-1L), null);

    refused(request(Map.of("triton_x", 1L), List.of("Z"), worst, worst))
        .hasMessageContaining("already exists");
    refused(request(Map.of("triton_x", 1L), List.of("Z"), worst)).hasMessageContaining("reserved");
    refused(request(Map.of(), List.of("Z"), worst)).hasMessageContaining("unable to find data");
    refused(request(Map.of(), List.of("Z"), input("C", "NONE", List.of(-1L), bytes(9))))
        .hasMessageContaining("missing required");
    refused(request(Map.of(), List.of("Z"), input("A", "NONE", List.of(-1L), bytes(9))))
        .hasMessageContaining("data-type is 'NONE'");
    refused(request(Map.of(), List.of("Z"), input("A", "INT32", List.of(-1L), bytes(9))))
        .hasMessageContaining("negative");
    refused(request(Map.of(), List.of("Z"), input("A", "INT32", List.of(1L, 2L), bytes(9))))
        .hasMessageContaining("byte size mismatch");
    refused(request(Map.of(), List.of("Z"), a())).hasMessageContaining("output 'Z'");
  }

  @Test
  void refusesSharedMemoryAndClassificationAsUnsupported() {
    UncheckedRequest.Input shared =
        new UncheckedRequest.Input(
            "A", "INT32", List.of(1L, 2L), Map.of("shared_memory_region", "r"), null);

    assertThatThrownBy(() -> RequestCheck.check(model, request(Map.of(), List.of(), shared)))
        .isInstanceOfSatisfying(
            ServingException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNSUPPORTED))
        .hasMessageContaining("shared memory");
  }
}
