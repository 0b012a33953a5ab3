package dev.gatun.it.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.gatun.it.Checkout;
import dev.gatun.proto.inference.ModelInferRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each bad input gets a coded error that names value and limit, and the server keeps serving. */
class BadInputIT {
  private static final String MODEL = "tiny-qwen2";
  private static ServerProcess server;
  private static Clients clients;

  @BeforeAll
  static void start() throws InterruptedException {
    server = ServerProcess.serve(Checkout.tinyModel(MODEL), "--enable-identity-model");
    clients = new Clients(server, MODEL);
  }

  @AfterAll
  static void stop() throws InterruptedException {
    clients.close();
    server.close();
  }

  @AfterEach
  void theServerKeepsServing() throws InterruptedException {
    assertThat(clients.completionText("Once", 4)).isNotNull();
    assertThat(clients.get("/v2/health/ready").statusCode()).isEqualTo(200);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "/v1/completions | {\"model\":\"tiny-qwen2\",\"prompt\":\"a\" | 400 | JSON",
        "/v1/completions | {\"model\":\"other\",\"prompt\":\"a\"} | 404 | other",
        "/v1/completions | {\"model\":\"tiny-qwen2\"} | 400 | prompt",
        "/v1/completions | {\"model\":\"tiny-qwen2\",\"prompt\":7} | 400 | prompt",
        "/v1/completions | {\"model\":\"tiny-qwen2\",\"prompt\":[608]} | 400 | 608",
        "/v1/completions | {\"model\":\"tiny-qwen2\",\"prompt\":\"a\",\"max_tokens\":600} | 400 |"
            + " 512",
        "/v1/completions | {\"model\":\"tiny-qwen2\",\"prompt\":\"a\",\"temperature\":-1} | 400 |"
            + " temperature",
        "/v1/completions | {\"model\":\"tiny-qwen2\",\"prompt\":\"a\",\"top_p\":\"x\"} | 400 |"
            + " top_p",
        "/v1/chat/completions | {\"model\":\"tiny-qwen2\",\"messages\":[]} | 400 | messages",
        "/openai/v1/chat/completions | {\"model\":\"tiny-qwen2\",\"messages\":5} | 400 | messages",
        "/v2/models/nobody/infer | {\"inputs\":[]} | 404 | nobody",
        "/v2/models/tiny-qwen2/generate | {\"text_input\":5} | 400 | text_input",
        "/v2/models/tiny-qwen2/generate | [] | 400 | object",
        "/v2/models/identity/infer |"
            + " {\"inputs\":[{\"name\":\"INPUT0\",\"shape\":[3],\"datatype\":\"INT32\",\"data\":[1,2]}]}"
            + " | 400 | INPUT0",
        "/v2/models/identity/infer |"
            + " {\"inputs\":[{\"name\":\"INPUT0\",\"shape\":[-1],\"datatype\":\"INT32\",\"data\":[1]}]}"
            + " | 400 | -1",
        "/v2/models/identity/infer |"
            + " {\"inputs\":[{\"name\":\"INPUT0\",\"shape\":[1],\"datatype\":\"INT9\",\"data\":[1]}]}"
            + " | 400 | INT9",
      })
  void badBodiesAreRefusedWithTheValueAtFault(String path, String body, int status, String named)
      throws InterruptedException {
    HttpResponse<String> response = clients.post(path, body);

    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    assertThat(message(response, path)).contains(named);
  }

  private static String message(HttpResponse<String> response, String path) {
    JsonNode error = Clients.parse(response.body()).path("error");
    if (path.startsWith("/v2")) {
      return error.asText();
    }
    assertThat(error.path("code").asInt()).isEqualTo(response.statusCode());
    assertThat(error.path("type").asText()).isNotEmpty();
    return error.path("message").asText();
  }

  @Test
  void invalidUtf8IsRefused() throws InterruptedException {
    byte[] body = "{\"model\":\"tiny-qwen2\",\"prompt\":\"a?\"}".getBytes(StandardCharsets.UTF_8);
    body[body.length - 3] = (byte) 0xff;

    HttpResponse<String> response = clients.post("/v1/completions", body);

    assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
    assertThat(message(response, "/v1")).contains("UTF-8");
  }

  @Test
  void aPromptTooLongNamesItsLengthAndTheLimit() throws InterruptedException {
    String prompt = " request".repeat(600);

    HttpResponse<String> response =
        clients.post(
            "/v1/completions",
            Clients.json(
                clients.completionBody(Clients.JSON.getNodeFactory().textNode(prompt), 5)));

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(message(response, "/v1")).containsPattern("\\d{3,}").contains("512");
    assertThatThrownBy(() -> clients.unaryText(prompt, 5))
        .isInstanceOf(StatusRuntimeException.class)
        .hasMessageContaining("INVALID_ARGUMENT")
        .hasMessageContaining("512");
  }

  @Test
  void grpcCallsGetCodes() {
    ModelInferRequest good = clients.inferRequest("Once", 4, false);

    assertThat(code(good.toBuilder().setModelName("nobody").build()))
        .isEqualTo(Status.Code.NOT_FOUND);
    assertThat(code(good.toBuilder().clearInputs().build()))
        .isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(code(good.toBuilder().setInputs(0, wrongShape()).build()))
        .isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(code(good.toBuilder().addInputs(good.getInputs(0)).build()))
        .isEqualTo(Status.Code.INVALID_ARGUMENT);
  }

  private static ModelInferRequest.InferInputTensor wrongShape() {
    return Clients.bytesTensor("text_input", "Once").toBuilder().setShape(0, 2).build();
  }

  private static Status.Code code(ModelInferRequest request) {
    try {
      clients.grpc().modelInfer(request);
      return Status.Code.OK;
    } catch (StatusRuntimeException e) {
      assertThat(e.getStatus().getDescription()).isNotBlank();
      return e.getStatus().getCode();
    }
  }

  @Test
  void aBadRequestOnAStreamLeavesTheOthersAlone() {
    ModelInferRequest bad =
        clients.inferRequest("Once", 4, true).toBuilder().setId("bad").clearInputs().build();

    var answers = clients.stream(bad).join();

    assertThat(answers).hasSize(1);
    assertThat(answers.getFirst().getErrorMessage()).contains("text_input");
    assertThat(answers.getFirst().getInferResponse().getId()).isEqualTo("bad");
    assertThat(clients.streamText("Once", 4)).isEqualTo(clients.unaryText("Once", 4));
  }

  @Test
  void unknownPathsAndWrongVerbsAreCoded() throws InterruptedException {
    assertThat(clients.get("/nowhere").statusCode()).isEqualTo(404);
    assertThat(clients.get("/v1/completions").statusCode()).isEqualTo(405);
    for (String path : List.of("/v2/models/..%2f..%2fetc", "/v2/models/%00")) {
      assertThat(clients.get(path).statusCode()).isBetween(400, 404);
    }
  }
}
