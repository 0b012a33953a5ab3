package dev.gatun.server.openai;

import static dev.gatun.server.openai.ApiFixture.events;
import static dev.gatun.server.testing.TestModels.encode;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.gatun.engine.api.ErrorCode;
import dev.gatun.engine.api.ServingException;
import dev.gatun.server.testing.FakeHttpCall;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

final class CompletionStreamTest {
  private final ApiFixture api = new ApiFixture();

  @Test
  void chunksEndWithReasonUsageAndDone() throws InterruptedException {
    api.engine.answering(68, 69);

    FakeHttpCall call =
        api.post(
            "/v1/completions",
            "{'prompt':'x','stream':true,'max_tokens':2,'request_id':'r',"
                + "'stream_options':{'include_usage':true}}");

    List<JsonNode> events = events(call);
    assertThat(call.isStream()).isTrue();
    assertThat(call.contentType()).isEqualTo("text/event-stream; charset=utf-8");
    assertThat(text(events, 0)).isEqualTo("ab");
    JsonNode last = events.get(events.size() - 2);
    assertThat(last.at("/choices/0/finish_reason").asText()).isEqualTo("length");
    assertThat(last.at("/usage").isNull()).isTrue();
    assertThat(last.at("/object").asText()).isEqualTo("text_completion");
    assertThat(last.at("/id").asText()).isEqualTo("cmpl-r");
    JsonNode usage = events.getLast();
    assertThat(usage.at("/choices")).isEmpty();
    assertThat(usage.at("/usage/prompt_tokens").asInt()).isEqualTo(1);
    assertThat(usage.at("/usage/completion_tokens").asInt()).isEqualTo(2);
    assertThat(usage.at("/usage/total_tokens").asInt()).isEqualTo(3);
  }

  @Test
  void everyTokenIsAChunkWhileTheClientKeepsUp() throws InterruptedException {
    api.engine.answering(68, 69, 70).stallAfter(1);
    FakeHttpCall call =
        FakeHttpCall.post("/v1/completions", "{'prompt':'x','stream':true,'max_tokens':3}")
            .onPiece(api.engine::resume);

    api.handle(call);

    List<JsonNode> events = events(call);
    assertThat(events.getFirst().at("/choices/0/text").asText()).isEqualTo("a");
    assertThat(events.getFirst().at("/choices/0/finish_reason").isNull()).isTrue();
    assertThat(events.get(1).at("/choices/0/text").asText()).isEqualTo("b");
    assertThat(events.get(2).at("/choices/0/text").asText()).isEqualTo("c");
    assertThat(events.get(2).at("/choices/0/finish_reason").asText()).isEqualTo("length");
    assertThat(events).hasSize(3);
  }

  @Test
  void usageIsContinuousWhenAskedFor() throws InterruptedException {
    api.engine.answering(68, 69, 70).stallAfter(1);
    FakeHttpCall call =
        FakeHttpCall.post(
                "/v1/completions",
                "{'prompt':'x','stream':true,'max_tokens':3,"
                    + "'stream_options':{'include_usage':true,'continuous_usage_stats':true}}")
            .onPiece(api.engine::resume);

    api.handle(call);

    assertThat(events(call).stream().map(event -> event.at("/usage/completion_tokens").asInt()))
        .containsExactly(1, 2, 3, 3);
  }

  @Test
  void choicesAreInterleavedYetEachIsWhole() throws InterruptedException {
    api.engine.onPrompt(encode("x"), encode("one two")).onPrompt(encode("y"), encode("three"));

    List<JsonNode> events =
        events(api.post("/v1/completions", "{'prompt':['x','y'],'n':2,'stream':true}"));

    assertThat(text(events, 0)).isEqualTo("one two").isEqualTo(text(events, 1));
    assertThat(text(events, 2)).isEqualTo("three").isEqualTo(text(events, 3));
    assertThat(events.stream().filter(event -> event.at("/choices/0/finish_reason").isTextual()))
        .hasSize(4);
  }

  @Test
  void echoComesWithTheFirstChunkOnly() throws InterruptedException {
    api.engine.answering(68, 69, 70).stallAfter(1);
    FakeHttpCall call =
        FakeHttpCall.post(
                "/v1/completions",
                "{'prompt':'x','stream':true,'echo':true,'logprobs':0,'max_tokens':3,"
                    + "'return_token_ids':true}")
            .onPiece(api.engine::resume);

    api.handle(call);

    List<JsonNode> events = events(call);
    assertThat(events.get(0).at("/choices/0/text").asText()).isEqualTo("xa");
    assertThat(events.get(0).at("/choices/0/logprobs/tokens").toString())
        .isEqualTo("[\"x\",\"a\"]");
    assertThat(events.get(0).at("/choices/0/prompt_token_ids").toString()).isEqualTo("[91]");
    assertThat(events.get(1).at("/choices/0/text").asText()).isEqualTo("b");
    assertThat(events.get(1).at("/choices/0/logprobs/text_offset").toString()).isEqualTo("[2]");
    assertThat(events.get(1).at("/choices/0/token_ids").toString()).isEqualTo("[69]");
    assertThat(events.get(1).at("/choices/0/prompt_token_ids").isNull()).isTrue();
  }

  @Test
  void failureAfterTheStartIsAnErrorEvent() throws InterruptedException {
    api.engine
        .answering(68, 69)
        .failAfter(1, new ServingException(ErrorCode.INTERNAL, "device lost"));
    FakeHttpCall call =
        FakeHttpCall.post(
            "/v1/completions",
            "{'prompt':'x','stream':true,'stream_options':{'include_usage':true}}");

    api.handle(call);

    List<JsonNode> events = events(call);
    assertThat(call.status()).isEqualTo(200);
    assertThat(events).hasSize(2);
    assertThat(events.getFirst().at("/choices/0/text").asText()).isEqualTo("a");
    assertThat(events.getLast().toString())
        .isEqualTo(
            "{\"error\":{\"message\":\"device lost\",\"type\":\"InternalServerError\","
                + "\"param\":null,\"code\":500}}");
  }

  @Test
  void failureOfOneChoiceAbortsTheOthers() throws InterruptedException {
    api.engine
        .answering(68, 69)
        .failAfter(1, new ServingException(ErrorCode.INTERNAL, "device lost"));

    List<JsonNode> events =
        events(api.post("/v1/completions", "{'prompt':'x','stream':true,'n':3}"));

    assertThat(events.getLast().at("/error/message").asText()).isEqualTo("device lost");
    assertThat(api.engine.numLive()).isZero();
  }

  @Test
  void clientThatLeavesMidStreamAbortsTheRequest() throws InterruptedException {
    api.engine.answering(68, 69, 70).stallAfter(1);
    FakeHttpCall call =
        FakeHttpCall.post("/v1/completions", "{'prompt':'x','stream':true}").leavingAfter(1);
    call.onPiece(call::disconnect);

    api.handle(call);

    assertThat(api.engine.aborted()).hasSize(1);
    assertThat(call.hasEnded()).isTrue();
    assertThat(call.text()).doesNotContain("[DONE]");
  }

  @Test
  void failedWriteAbortsEveryChoice() throws InterruptedException {
    api.engine.answering(68, 69, 70).stallAfter(1);
    FakeHttpCall call =
        FakeHttpCall.post("/v1/completions", "{'prompt':'x','stream':true,'n':3}").leavingAfter(0);

    api.handle(call);

    assertThat(api.engine.aborted()).hasSize(3);
    assertThat(call.hasEnded()).isTrue();
  }

  private static String text(List<JsonNode> events, int choice) {
    return events.stream()
        .map(event -> event.at("/choices/0"))
        .filter(chunk -> chunk.path("index").asInt(-1) == choice)
        .map(chunk -> chunk.path("text").asText())
        .collect(Collectors.joining());
  }
}
