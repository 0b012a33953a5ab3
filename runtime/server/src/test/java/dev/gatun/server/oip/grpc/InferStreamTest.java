package dev.gatun.server.oip.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.proto.inference.GRPCInferenceServiceGrpc;
import dev.gatun.proto.inference.ModelInferRequest;
import dev.gatun.proto.inference.ModelInferResponse;
import dev.gatun.proto.inference.ModelStreamInferResponse;
import dev.gatun.server.oip.model.IdentityModel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** ModelStreamInfer with a model that answers once per request. */
final class InferStreamTest {
  private static final String FINAL = "triton_final_response";

  private final InProcess inProcess = new InProcess(4, new IdentityModel());
  private final Responses responses = new Responses(false);

  @AfterEach
  void close() {
    inProcess.close();
  }

  private StreamObserver<ModelInferRequest> open() {
    return GRPCInferenceServiceGrpc.newStub(inProcess.channel).modelStreamInfer(responses);
  }

  @Test
  void answersMoreRequestsThanItTakesAtOnceInTheirOrder() throws InterruptedException {
    StreamObserver<ModelInferRequest> requests = open();
    int numRequests = 100;
    for (int i = 0; i < numRequests; i++) {
      requests.onNext(Requests.identity("r" + i, i));
    }
    requests.onCompleted();

    for (int i = 0; i < numRequests; i++) {
      ModelInferResponse response = responses.next().getInferResponse();
      assertThat(response.getId()).isEqualTo("r" + i);
      assertThat(response.getOutputs(0).getContents().getIntContents(0)).isEqualTo(i);
      assertThat(response.getParametersMap()).isEqualTo(Map.of(FINAL, Requests.flag(true)));
    }
    assertThat(responses.end()).isEqualTo(Status.OK);
    assertThat(responses.numUnread()).isZero();
  }

  @Test
  void completesAtOnceWithoutRequests() throws InterruptedException {
    open().onCompleted();

    assertThat(responses.end()).isEqualTo(Status.OK);
  }

  @Test
  void reportsAFailedRequestAndGoesOn() throws InterruptedException {
    StreamObserver<ModelInferRequest> requests = open();
    requests.onNext(Requests.identity("bad", 1).toBuilder().setModelName("other").build());

    ModelStreamInferResponse failed = responses.next();
    assertThat(failed.getErrorMessage()).contains("unknown model: 'other'");
    assertThat(failed.getInferResponse().getId()).isEqualTo("bad");
    assertThat(failed.getInferResponse().getModelName()).isEqualTo("other");

    requests.onNext(Requests.identity("good", 2));
    ModelStreamInferResponse answered = responses.next();
    assertThat(answered.getErrorMessage()).isEmpty();
    assertThat(answered.getInferResponse().getId()).isEqualTo("good");
    requests.onCompleted();
    assertThat(responses.end()).isEqualTo(Status.OK);
  }

  @Test
  void endsWithTheStatusWhenAskedTo() throws InterruptedException {
    Metadata headers = new Metadata();
    headers.put(ErrorMode.HEADER, "true");
    StreamObserver<ModelInferRequest> requests =
        GRPCInferenceServiceGrpc.newStub(inProcess.channel)
            .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
            .modelStreamInfer(responses);

    requests.onNext(Requests.identity("bad", 1).toBuilder().setModelName("other").build());

    Status end = responses.end();
    assertThat(end.getCode()).isEqualTo(Status.Code.NOT_FOUND);
    assertThat(end.getDescription()).contains("unknown model: 'other'");
    assertThat(responses.numUnread()).isZero();
  }

  /** A client that does not read gets nothing forced on it and loses nothing. */
  @Test
  void waitsForAClientThatReadsOnDemand() throws InterruptedException {
    Responses slow = new Responses(true);
    StreamObserver<ModelInferRequest> requests =
        GRPCInferenceServiceGrpc.newStub(inProcess.channel).modelStreamInfer(slow);
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      requests.onNext(Requests.identity("r" + i, i));
      ids.add("r" + i);
    }
    requests.onCompleted();

    List<String> received = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      assertThat(slow.numUnread()).isZero();
      slow.call().request(1);
      received.add(slow.next().getInferResponse().getId());
    }
    assertThat(received).isEqualTo(ids);
    slow.call().request(1);
    assertThat(slow.end()).isEqualTo(Status.OK);
  }
}
