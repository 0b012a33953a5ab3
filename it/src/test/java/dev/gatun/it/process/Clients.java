package dev.gatun.it.process;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.ByteString;
import dev.gatun.proto.inference.GRPCInferenceServiceGrpc;
import dev.gatun.proto.inference.InferParameter;
import dev.gatun.proto.inference.ModelInferRequest;
import dev.gatun.proto.inference.ModelInferResponse;
import dev.gatun.proto.inference.ModelStreamInferResponse;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The protocols of a server from a client's side; greedy unless a method says otherwise. */
final class Clients implements AutoCloseable {
  static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final ServerProcess server;
  private final String model;
  private final HttpClient http = HttpClient.newHttpClient();
  private final ManagedChannel channel;

  Clients(ServerProcess server, String model) {
    this.server = server;
    this.model = model;
    this.channel =
        NettyChannelBuilder.forAddress("127.0.0.1", server.port()).usePlaintext().build();
  }

  GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub grpc() {
    return GRPCInferenceServiceGrpc.newBlockingStub(channel)
        .withDeadlineAfter(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  ManagedChannel channel() {
    return channel;
  }

  HttpResponse<String> get(String path) throws InterruptedException {
    return send(HttpRequest.newBuilder(URI.create(server.url(path))).GET());
  }

  HttpResponse<String> post(String path, String body) throws InterruptedException {
    return post(path, body.getBytes(StandardCharsets.UTF_8));
  }

  HttpResponse<String> post(String path, byte[] body) throws InterruptedException {
    return send(
        HttpRequest.newBuilder(URI.create(server.url(path)))
            .header("content-type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofByteArray(body)));
  }

  private HttpResponse<String> send(HttpRequest.Builder request) throws InterruptedException {
    try {
      return http.send(request.timeout(PATIENCE).build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** POST that has to succeed. */
  JsonNode call(String path, Object body) throws InterruptedException {
    HttpResponse<String> response = post(path, json(body));
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return parse(response.body());
  }

  static String json(Object value) {
    try {
      return JSON.writeValueAsString(value);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static JsonNode parse(String text) {
    try {
      return JSON.readTree(text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Payloads of the {@code data:} lines of a body of server-sent events. */
  static List<String> events(String body) {
    return Stream.of(body.split("\n"))
        .filter(line -> line.startsWith("data: "))
        .map(line -> line.substring("data: ".length()))
        .toList();
  }

  ObjectNode completionBody(JsonNode prompt, int maxTokens) {
    ObjectNode body = JSON.createObjectNode();
    body.put("model", model).set("prompt", prompt);
    body.put("max_tokens", maxTokens).put("temperature", 0).put("ignore_eos", true);
    return body;
  }

  String completionText(String prompt, int maxTokens) throws InterruptedException {
    JsonNode answer =
        call("/v1/completions", completionBody(JSON.getNodeFactory().textNode(prompt), maxTokens));
    return answer.at("/choices/0/text").asText();
  }

  String streamedCompletionText(String prompt, int maxTokens) throws InterruptedException {
    ObjectNode body = completionBody(JSON.getNodeFactory().textNode(prompt), maxTokens);
    HttpResponse<String> response = post("/v1/completions", json(body.put("stream", true)));
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    List<String> events = events(response.body());
    assertThat(events.getLast()).isEqualTo("[DONE]");
    StringBuilder text = new StringBuilder();
    for (String event : events.subList(0, events.size() - 1)) {
      text.append(parse(event).at("/choices/0/text").asText());
    }
    return text.toString();
  }

  List<Integer> completionIds(JsonNode prompt, int maxTokens) throws InterruptedException {
    ObjectNode body = completionBody(prompt, maxTokens).put("return_token_ids", true);
    List<Integer> ids = new ArrayList<>();
    call("/v1/completions", body).at("/choices/0/token_ids").forEach(id -> ids.add(id.asInt()));
    return ids;
  }

  /** Log-probabilities of the prompt's tokens as the echo of no output gives them; first null. */
  JsonNode echoedLogprobs(JsonNode prompt) throws InterruptedException {
    ObjectNode body = completionBody(prompt, 0).put("echo", true).put("logprobs", 0);
    return call("/v1/completions", body).at("/choices/0/logprobs/token_logprobs");
  }

  /** The same as {@code prompt_logprobs} gives them: a map of token ids per position. */
  JsonNode promptLogprobs(JsonNode prompt) throws InterruptedException {
    ObjectNode body = completionBody(prompt, 1).put("prompt_logprobs", 0);
    return call("/v1/completions", body).at("/choices/0/prompt_logprobs");
  }

  String generatedText(String prompt, int maxTokens) throws InterruptedException {
    ObjectNode body = JSON.createObjectNode().put("text_input", prompt);
    body.putObject("parameters")
        .put("max_tokens", maxTokens)
        .put("temperature", 0)
        .put("ignore_eos", true)
        .put("exclude_input_in_output", true);
    return call("/v2/models/" + model + "/generate", body).path("text_output").asText();
  }

  ModelInferRequest inferRequest(String prompt, int maxTokens, boolean stream) {
    return ModelInferRequest.newBuilder()
        .setModelName(model)
        .setId("r")
        .addInputs(bytesTensor("text_input", prompt))
        .addInputs(boolTensor("stream", stream))
        .addInputs(boolTensor("exclude_input_in_output", true))
        .putParameters("max_tokens", InferParameter.newBuilder().setInt64Param(maxTokens).build())
        .putParameters("temperature", InferParameter.newBuilder().setDoubleParam(0).build())
        .putParameters("ignore_eos", InferParameter.newBuilder().setBoolParam(true).build())
        .build();
  }

  static ModelInferRequest.InferInputTensor bytesTensor(String name, String value) {
    ModelInferRequest.InferInputTensor.Builder tensor =
        ModelInferRequest.InferInputTensor.newBuilder()
            .setName(name)
            .setDatatype("BYTES")
            .addShape(1);
    tensor.getContentsBuilder().addBytesContents(ByteString.copyFromUtf8(value));
    return tensor.build();
  }

  private static ModelInferRequest.InferInputTensor boolTensor(String name, boolean value) {
    ModelInferRequest.InferInputTensor.Builder tensor =
        ModelInferRequest.InferInputTensor.newBuilder()
            .setName(name)
            .setDatatype("BOOL")
            .addShape(1);
    tensor.getContentsBuilder().addBoolContents(value);
    return tensor.build();
  }

  String unaryText(String prompt, int maxTokens) {
    return text(grpc().modelInfer(inferRequest(prompt, maxTokens, false)));
  }

  /** Text of a bidirectional stream with one request, pieces joined. */
  String streamText(String prompt, int maxTokens) {
    List<ModelStreamInferResponse> answers =
        stream(inferRequest(prompt, maxTokens, true)).orTimeout(60, TimeUnit.SECONDS).join();
    StringBuilder text = new StringBuilder();
    for (ModelStreamInferResponse answer : answers) {
      assertThat(answer.getErrorMessage()).isEmpty();
      text.append(text(answer.getInferResponse()));
    }
    ModelInferResponse last = answers.getLast().getInferResponse();
    assertThat(last.getParametersOrThrow("triton_final_response").getBoolParam()).isTrue();
    return text.toString();
  }

  CompletableFuture<List<ModelStreamInferResponse>> stream(ModelInferRequest request) {
    CompletableFuture<List<ModelStreamInferResponse>> done = new CompletableFuture<>();
    List<ModelStreamInferResponse> answers = new ArrayList<>();
    StreamObserver<ModelInferRequest> requests =
        GRPCInferenceServiceGrpc.newStub(channel)
            .modelStreamInfer(
                new StreamObserver<>() {
                  @Override
                  public void onNext(ModelStreamInferResponse answer) {
                    answers.add(answer);
                  }

                  @Override
                  public void onError(Throwable failure) {
                    done.completeExceptionally(failure);
                  }

                  @Override
                  public void onCompleted() {
                    done.complete(answers);
                  }
                });
    requests.onNext(request);
    requests.onCompleted();
    return done;
  }

  /** The text_output tensor, whichever of the two forms the server answered in. */
  static String text(ModelInferResponse response) {
    for (int i = 0; i < response.getOutputsCount(); i++) {
      if (response.getOutputs(i).getName().equals("text_output")) {
        if (response.getRawOutputContentsCount() == 0) {
          return response.getOutputs(i).getContents().getBytesContents(0).toStringUtf8();
        }
        ByteBuffer raw = response.getRawOutputContents(i).asReadOnlyByteBuffer();
        int length = raw.order(ByteOrder.LITTLE_ENDIAN).getInt();
        byte[] bytes = new byte[length];
        raw.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
      }
    }
    return "";
  }

  @Override
  public void close() {
    channel.shutdownNow();
    http.close();
  }
}
