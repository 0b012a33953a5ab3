package dev.gatun.server.openai;

import static dev.gatun.server.openai.ApiFixture.json;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.gatun.engine.api.EngineState;
import dev.gatun.engine.api.ErrorCode;
import dev.gatun.engine.api.ServingException;
import dev.gatun.server.testing.FakeHttpCall;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ApiErrorsTest {
  private final ApiFixture api = new ApiFixture();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{}                                             | prompt",
        "{'prompt':5}                                   | prompt",
        "{'prompt':[]}                                  | prompt",
        "{'prompt':''}                                  | prompt",
        "{'prompt':[[]]}                                | prompt",
        "{'prompt':[1,'a']}                             | prompt",
        "{'prompt':[[1],2]}                             | prompt",
        "{'prompt':[-1]}                                | prompt",
        "{'prompt':'x','temperature':'hot'}             | temperature",
        "{'prompt':'x','temperature':-1}                | temperature",
        "{'prompt':'x','top_p':0}                       | top_p",
        "{'prompt':'x','top_k':-2}                      | top_k",
        "{'prompt':'x','min_p':1.5}                     | min_p",
        "{'prompt':'x','presence_penalty':2.5}          | presence_penalty",
        "{'prompt':'x','frequency_penalty':-2.5}        | frequency_penalty",
        "{'prompt':'x','repetition_penalty':0}          | repetition_penalty",
        "{'prompt':'x','max_tokens':0}                  | max_tokens",
        "{'prompt':'x','max_tokens':512}                | input_tokens",
        "{'prompt':'x','max_tokens':2,'min_tokens':3}   | min_tokens",
        "{'prompt':'x','logprobs':6}                    | logprobs",
        "{'prompt':'x','stop':''}                       | stop",
        "{'prompt':'x','n':0}                           | n",
        "{'prompt':'x','n':2,'temperature':0}           | n",
        "{'prompt':'x','stream':'maybe'}                | stream",
        "{'prompt':'x','stream_options':{}}             | stream_options",
        "{'prompt':'x','stream':true,'stream_options':1} | stream_options",
        "{'prompt':'x','stream':true,'prompt_logprobs':1} | prompt_logprobs",
        "{'prompt':'x','truncate_prompt_tokens':0}      | truncate_prompt_tokens",
        "{'prompt':'x','request_id':'a b'}              | request_id",
        "{'prompt':'x','model':7}                       | model",
        "{'prompt':'\\ud83d'}                           | prompt",
        "{'prompt':'x','response_format':{'type':'structural_tag'}} | response_format.type",
        "{'prompt':'x','structured_outputs':{'regex':'('}} | structured_outputs.regex",
        "{'prompt':'x','guided_json':{'not':{}}}        | guided_json",
        "{'prompt':'x','logit_bias':{'512':1}}          | logit_bias",
        "{'prompt':'x','logit_bias':{'-1':1}}           | logit_bias",
        "{'prompt':'x','logit_bias':{'a':1}}            | logit_bias.a",
        "{'prompt':'x','logit_bias':{'5':'b'}}          | logit_bias",
        "{'prompt':'x','logit_bias':[5]}                | logit_bias",
        "{'prompt':'x','allowed_token_ids':[1,512]}     | allowed_token_ids",
        "{'prompt':'x','allowed_token_ids':[]}          | allowed_token_ids",
        "{'prompt':'x','allowed_token_ids':[3],'min_tokens':1} | allowed_token_ids",
        "{'prompt':'x','bad_words':['a',' ']}           | bad_words",
        "{'prompt':'x','bad_words':[5]}                 | bad_words",
        "{'prompt':'x','spaces_between_special_tokens':3} | spaces_between_special_tokens",
        "{'prompt':'x','logprobs':-1}                   | logprobs",
        "{'prompt':'x','truncate_prompt_tokens':513}    | truncate_prompt_tokens",
        "{'prompt':'x','n':1025}                        | n",
        "{'prompt':'x','use_beam_search':true}          | use_beam_search",
        "{'prompt':'x','n':3,'best_of':2}               | best_of",
        "{'prompt':'x','best_of':1025}                  | best_of",
        "{'prompt':'x','best_of':2,'stream':true}       | best_of",
        "{'prompt':'x','best_of':2,'temperature':0}     | n",
        "{'prompt':'x','suffix':'y'}                    | suffix",
        "{'prompt':'x','priority':1}                    | priority",
        "{'prompt':'x','cache_salt':''}                 | cache_salt",
        "{'prompt':'x','cache_salt':7}                  | cache_salt",
      })
  void badFieldIsNamed(String body, String field) throws InterruptedException {
    FakeHttpCall call = api.post("/v1/completions", body);

    JsonNode error = json(call).at("/error");
    assertThat(call.status()).as(call.text()).isEqualTo(400);
    assertThat(error.at("/param").asText()).as(call.text()).isEqualTo(field);
    assertThat(error.at("/type").asText()).isEqualTo("BadRequestError");
    assertThat(error.at("/code").asInt()).isEqualTo(400);
    assertThat(api.engine.submitted()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'prompt':'x','response_format':{'type':'text'}}",
        "{'prompt':'x','logit_bias':{},'bad_words':[],'suffix':'','best_of':1,'priority':0}",
        "{'prompt':'x','use_beam_search':false,'max_tokens':511,'min_tokens':511}",
        "{'prompt':'x','stream_options':null,'temperature':null,'stop':null,'n':1.0}",
        "{'prompt':'x','temperature':'0.5','max_tokens':'3'}",
        "{'prompt':'x','logit_bias':{'511':-1e9,'0':2},'allowed_token_ids':[0,511]}",
        "{'prompt':'x','spaces_between_special_tokens':false,'n':2,'best_of':2,'stream':true}",
        "{'prompt':'x','allowed_token_ids':[3],'min_tokens':0}",
      })
  void harmlessValuesPass(String body) throws InterruptedException {
    assertThat(api.post("/v1/completions", body).status()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "{", "[]", "null", "'x'", "1", "{'prompt':'x'} {}", "{'prompt':NaN}", "{a:1}"})
  void malformedJsonIsRefused(String body) throws InterruptedException {
    FakeHttpCall call = api.post("/v1/completions", body);

    assertThat(call.status()).isEqualTo(400);
    assertThat(json(call).at("/error/message").asText())
        .startsWith("the body is ")
        .doesNotContain("java.", "Source", "Token.", "`");
  }

  @Test
  void integersBeyondAnyTypeAreRefusedByTheirField() throws InterruptedException {
    FakeHttpCall call =
        api.post("/v1/completions", "{'prompt':'x','max_tokens':99999999999999999999}");

    assertThat(call.status()).isEqualTo(400);
    assertThat(json(call).at("/error/message").asText())
        .isEqualTo("max_tokens is 99999999999999999999, must be an integer of 64 bits");
    assertThat(json(call).at("/error/param").asText()).isEqualTo("max_tokens");
  }

  @Test
  void deeplyNestedJsonIsRefused() throws InterruptedException {
    String deep = "[".repeat(5000) + "]".repeat(5000);

    FakeHttpCall call = api.post("/v1/completions", "{'prompt':'x','a':" + deep + "}");

    assertThat(call.status()).isEqualTo(400);
  }

  @Test
  void invalidUtf8IsRefused() throws InterruptedException {
    byte[] body = "{\"prompt\":\"?\"}".getBytes(UTF_8);
    body[11] = (byte) 0xff;

    FakeHttpCall call =
        api.handle(
            new FakeHttpCall("POST", "/v1/completions", body)
                .with("Content-Type", "application/json"));

    assertThat(call.status()).isEqualTo(400);
    assertThat(json(call).at("/error/message").asText()).contains("UTF-8");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "text/plain", "application/x-www-form-urlencoded"})
  void otherContentTypesAreRefused(String contentType) throws InterruptedException {
    FakeHttpCall call =
        FakeHttpCall.post("/v1/completions", "{'prompt':'x'}").with("content-type", contentType);

    assertThat(api.handle(call).status()).isEqualTo(400);
    assertThat(json(call).at("/error/message").asText()).contains("application/json");
  }

  @Test
  void contentTypeMayHaveParameters() throws InterruptedException {
    FakeHttpCall call =
        FakeHttpCall.post("/v1/completions", "{'prompt':'x'}")
            .with("content-type", "Application/JSON; charset=utf-8");

    assertThat(api.handle(call).status()).isEqualTo(200);
  }

  @Test
  void unknownModelIsNotFound() throws InterruptedException {
    FakeHttpCall call = api.post("/v1/completions", "{'model':'gpt','prompt':'x'}");

    assertThat(call.status()).isEqualTo(404);
    assertThat(json(call).at("/error").toString())
        .isEqualTo(
            "{\"message\":\"the model \\\"gpt\\\" is not served here\",\"type\":\"NotFoundError\","
                + "\"param\":\"model\",\"code\":404}");
  }

  @Test
  void promptLongerThanTheContextNamesBothLengths() throws InterruptedException {
    FakeHttpCall call = api.post("/v1/completions", "{'prompt':[" + "5,".repeat(511) + "5]}");

    assertThat(call.status()).isEqualTo(400);
    assertThat(json(call).at("/error/param").asText()).isEqualTo("input_tokens");
    assertThat(json(call).at("/error/message").asText()).contains("512 tokens");
  }

  @Test
  void moreChoicesThanTheQueueHoldsAreRefusedForGood() throws InterruptedException {
    FakeHttpCall call = api.post("/v1/completions", "{'prompt':'x','n':17}");

    assertThat(call.status()).isEqualTo(400);
    assertThat(json(call).at("/error/message").asText()).contains("at most 16");
  }

  @Test
  void overloadIs503() throws InterruptedException {
    api.engine.overloaded();

    FakeHttpCall call = api.post("/v1/completions", "{'prompt':'x','stream':true}");

    assertThat(call.status()).isEqualTo(503);
    assertThat(call.answerHeader("retry-after")).isEqualTo("7");
    assertThat(json(call).at("/error/type").asText()).isEqualTo("ServiceUnavailableError");
    assertThat(call.isStream()).isFalse();
  }

  @Test
  void engineFailureIs500AndAbortsTheRest() throws InterruptedException {
    api.engine
        .answering(68, 69)
        .failAfter(1, new ServingException(ErrorCode.INTERNAL, "device lost"));

    FakeHttpCall call = api.post("/v1/completions", "{'prompt':'x','n':2}");

    assertThat(call.status()).isEqualTo(500);
    assertThat(json(call).at("/error/message").asText()).isEqualTo("device lost");
    assertThat(api.engine.aborted()).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource({"READY, 200", "DRAINING, 200", "STOPPED, 503", "FAILED, 503"})
  void healthFollowsTheEngine(EngineState state, int status) throws InterruptedException {
    api.engine.state(state);

    assertThat(api.get("/health").status()).isEqualTo(status);
    assertThat(api.get("/ping").status()).isEqualTo(status);
    assertThat(api.post("/ping", "").text()).isEmpty();
  }

  @Test
  void healthIs503BeforeThereIsAModel() {
    FakeHttpCall call = FakeHttpCall.get("/health");

    new HealthHandler(new ServedModels(List::of)).handle(call);

    assertThat(call.status()).isEqualTo(503);
  }

  @Test
  void versionIsTold() throws InterruptedException {
    assertThat(api.get("/version").text()).isEqualTo("{\"version\":\"1.2.3\"}");
  }

  @Test
  void detokenizeKeepsSpecialTokens() throws InterruptedException {
    assertThat(api.post("/detokenize", "{'tokens':[2,68,3]}").text())
        .isEqualTo("{\"prompt\":\"<|im_start|>a<|im_end|>\"}");
    assertThat(json(api.post("/detokenize", "{}")).at("/error/param").asText()).isEqualTo("tokens");
  }

  @Test
  void aModelIsFoundByEachOfItsNamesAndNoOther() throws InterruptedException {
    for (String name : List.of("tiny", "tiny-alias")) {
      FakeHttpCall found = api.get("/v1/models/" + name);
      assertThat(found.status()).isEqualTo(200);
      assertThat(json(found).path("id").asText()).isEqualTo(name);
      assertThat(json(found).path("object").asText()).isEqualTo("model");
    }

    FakeHttpCall unknown = api.get("/v1/models/org/other");
    assertThat(unknown.status()).isEqualTo(404);
    assertThat(json(unknown).at("/error/type").asText()).isEqualTo("NotFoundError");
  }
}
