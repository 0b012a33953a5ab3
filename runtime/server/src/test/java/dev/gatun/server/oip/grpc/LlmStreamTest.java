package dev.gatun.server.oip.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.gatun.proto.inference.GRPCInferenceServiceGrpc;
import dev.gatun.proto.inference.InferParameter;
import dev.gatun.proto.inference.InferTensorContents;
import dev.gatun.proto.inference.ModelInferRequest;
import dev.gatun.proto.inference.ModelInferResponse;
import dev.gatun.proto.inference.ModelStreamInferResponse;
import dev.gatun.server.oip.llm.LlmModel;
import dev.gatun.server.testing.FakeEngine;
import dev.gatun.server.testing.TestModels;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A generating model over gRPC; tokens 68, 69 and 70 of the test tokenizer are a, b and c. */
final class LlmStreamTest {
  private static final String FINAL = "triton_final_response";
  private static final long TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(20);

  private final FakeEngine engine = new FakeEngine(TestModels.EOS).answering(68, 69, 70);
  private final InProcess inProcess =
      new InProcess(4, new LlmModel("tiny", TestModels.tiny(engine)));
  private final Responses responses = new Responses(false);

  @AfterEach
  void close() {
    engine.close();
    inProcess.close();
  }

  private static ModelInferRequest request(String id, boolean isStream) {
    return ModelInferRequest.newBuilder()
        .setModelName("tiny")
        .setId(id)
        .addInputs(
            ModelInferRequest.InferInputTensor.newBuilder()
                .setName("text_input")
                .setDatatype("BYTES")
                .addShape(1)
                .setContents(
                    InferTensorContents.newBuilder()
                        .addBytesContents(ByteString.copyFromUtf8("Hi "))))
        .addInputs(
            ModelInferRequest.InferInputTensor.newBuilder()
                .setName("stream")
                .setDatatype("BOOL")
                .addShape(1)
                .setContents(InferTensorContents.newBuilder().addBoolContents(isStream)))
        .build();
  }

  private StreamObserver<ModelInferRequest> open() {
    return GRPCInferenceServiceGrpc.newStub(inProcess.channel).modelStreamInfer(responses);
  }

  private static String text(ModelInferResponse response) {
    return response.getOutputs(0).getContents().getBytesContents(0).toStringUtf8();
  }

  private static void await(String what, BooleanSupplier condition) {
    long start = System.nanoTime();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - start > TIMEOUT_NANOS) {
        throw new AssertionError("never: " + what);
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
    }
  }

  @Test
  void servesRequestsOfOneStreamAtOnce() throws InterruptedException {
    engine.stallAfter(1);
    StreamObserver<ModelInferRequest> requests = open();
    requests.onNext(request("a", true));
    requests.onNext(request("b", true));
    requests.onNext(request("c", false));
    requests.onCompleted();
    await("three at the engine", () -> engine.submitted().size() == 3);
    engine.resume();

    Map<String, String> texts = new HashMap<>();
    int numFinal = 0;
    while (numFinal < 3) {
      ModelInferResponse response = responses.next().getInferResponse();
      assertThat(response.getOutputs(0).getName()).isEqualTo("text_output");
      texts.merge(response.getId(), text(response), String::concat);
      numFinal += response.getParametersOrThrow(FINAL).getBoolParam() ? 1 : 0;
    }
    assertThat(texts).isEqualTo(Map.of("a", "abc", "b", "abc", "c", "Hi abc"));
    assertThat(responses.end()).isEqualTo(Status.OK);
    assertThat(responses.numUnread()).isZero();
  }

  @Test
  void responsesOfSeveralSamplesCarryTheirIndex() throws InterruptedException {
    engine.answeringInTurn(new int[] {68, 69, 70}, new int[] {71}, new int[] {72, 72});
    StreamObserver<ModelInferRequest> requests = open();
    requests.onNext(
        request("a", true).toBuilder()
            .putParameters("n", InferParameter.newBuilder().setInt64Param(3).build())
            .build());
    requests.onCompleted();

    String[] texts = {"", "", ""};
    boolean isLast = false;
    while (!isLast) {
      ModelInferResponse response = responses.next().getInferResponse();
      texts[(int) response.getParametersOrThrow("sample_index").getInt64Param()] += text(response);
      isLast = response.getParametersOrThrow(FINAL).getBoolParam();
    }
    assertThat(texts).containsExactly("abc", "d", "ee");
    assertThat(responses.end()).isEqualTo(Status.OK);
    assertThat(responses.numUnread()).isZero();
  }

  @Test
  void endsWithAContentResponseEvenIfAnEmptyOneWasAllowed() throws InterruptedException {
    StreamObserver<ModelInferRequest> requests = open();
    requests.onNext(
        request("a", true).toBuilder()
            .putParameters("triton_enable_empty_final_response", Requests.flag(true))
            .build());
    requests.onCompleted();

    assertThat(responses.end()).isEqualTo(Status.OK);
    int numFinal = 0;
    while (responses.numUnread() > 0) {
      ModelInferResponse response = responses.next().getInferResponse();
      assertThat(response.getOutputsCount()).isPositive();
      numFinal += response.getParametersOrThrow(FINAL).getBoolParam() ? 1 : 0;
    }
    assertThat(numFinal).isEqualTo(1);
  }

  @Test
  void cancellingTheStreamAbortsAllItsRequests() {
    engine.stallAfter(1);
    StreamObserver<ModelInferRequest> requests = open();
    requests.onNext(request("a", true));
    requests.onNext(request("b", false));
    await("two at the engine", () -> engine.submitted().size() == 2);

    responses.call().cancel("enough", null);

    await("both aborted", () -> engine.aborted().size() == 2);
  }

  @Test
  void takesNoMoreRequestsThanAllowedUntilOneEnds() throws InterruptedException {
    engine.stallAfter(1);
    StreamObserver<ModelInferRequest> requests = open();
    for (int i = 0; i < 6; i++) {
      requests.onNext(request("r" + i, false));
    }
    requests.onCompleted();
    await("four at the engine", () -> engine.submitted().size() == 4);
    assertThat(responses.numUnread()).isZero();
    assertThat(engine.submitted()).hasSize(4);

    engine.resume();

    for (int i = 0; i < 6; i++) {
      assertThat(text(responses.next().getInferResponse())).isEqualTo("Hi abc");
    }
    assertThat(responses.end()).isEqualTo(Status.OK);
  }

  @Test
  void reportsWhatIsWrongWithOneRequest() throws InterruptedException {
    StreamObserver<ModelInferRequest> requests = open();
    ModelInferRequest.Builder echo = request("a", true).toBuilder();
    echo.addInputsBuilder()
        .setName("exclude_input_in_output")
        .setDatatype("BOOL")
        .addShape(1)
        .getContentsBuilder()
        .addBoolContents(false);
    requests.onNext(echo.build());

    ModelStreamInferResponse response = responses.next();
    assertThat(response.getErrorMessage()).contains("exclude_input_in_output");
    assertThat(response.getInferResponse().getId()).isEqualTo("a");
    requests.onCompleted();
    assertThat(responses.end()).isEqualTo(Status.OK);
  }

  @Test
  void unaryCallsAnswerTheWholeTextAndRefuseStreams() {
    GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub stub =
        GRPCInferenceServiceGrpc.newBlockingStub(inProcess.channel);

    assertThat(text(stub.modelInfer(request("a", false)))).isEqualTo("Hi abc");
    assertThatThrownBy(() -> stub.modelInfer(request("a", true)))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNIMPLEMENTED));
  }

  @Test
  void unaryCallsCarryTheirDeadlineAndEndWithIt() {
    engine.stallAfter(0);
    GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub stub =
        GRPCInferenceServiceGrpc.newBlockingStub(inProcess.channel)
            .withDeadline(Deadline.after(300, TimeUnit.MILLISECONDS));

    assertThatThrownBy(() -> stub.modelInfer(request("a", false)))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED));
    await("aborted", () -> engine.aborted().size() == 1);
    long left = engine.submitted().getFirst().deadlineNanos() - System.nanoTime();
    assertThat(left).isLessThan(TimeUnit.MILLISECONDS.toNanos(300));
  }

  @Test
  void unaryCallsThatAreCancelledAreAborted() {
    engine.stallAfter(0);
    Context.CancellableContext context = Context.ROOT.withCancellation();
    AtomicReference<Future<ModelInferResponse>> response = new AtomicReference<>();
    context.run(
        () ->
            response.set(
                GRPCInferenceServiceGrpc.newFutureStub(inProcess.channel)
                    .modelInfer(request("a", false))));
    await("at the engine", () -> engine.submitted().size() == 1);

    context.cancel(null);

    await("aborted", () -> engine.aborted().size() == 1);
    await("answered", () -> response.get().isDone());
  }
}
