package dev.gatun.server.oip.generate;

import static dev.gatun.server.oip.rest.RestFixture.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.gatun.engine.api.ErrorCode;
import dev.gatun.engine.api.SamplingParams;
import dev.gatun.engine.api.ServingException;
import dev.gatun.server.oip.rest.RestFixture;
import dev.gatun.server.testing.FakeHttpCall;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokens 68, 69 and 70 of the test tokenizer are a, b and c. */
final class GenerateTest {
  private static final String WHOLE = "/v2/models/tiny/generate";
  private static final String STREAM = "/v2/models/tiny/generate_stream";

  private final RestFixture rest = new RestFixture();

  private SamplingParams sampling() {
    return rest.engine.submitted().getLast().sampling();
  }

  @Test
  void repeatsThePromptUnlessToldNotTo() throws InterruptedException {
    rest.engine.answering(68, 69);

    FakeHttpCall echoing = rest.post(WHOLE, "{'id':'7','text_input':'Hi '}");
    FakeHttpCall excluding =
        rest.post(
            "/v2/models/tiny/versions/1/generate",
            "{'text_input':'Hi ','parameters':{'exclude_input_in_output':true}}");

    assertThat(echoing.contentType()).isEqualTo("application/json");
    assertThat(echoing.text())
        .isEqualTo(
            "{'id':'7','model_name':'tiny','model_version':'1','text_output':'Hi ab','finish_reason':'stop'}"
                .replace('\'', '"'));
    assertThat(excluding.text())
        .isEqualTo(
            "{'model_name':'tiny','model_version':'1','text_output':'ab','finish_reason':'stop'}"
                .replace('\'', '"'));
  }

  @Test
  void streamsDeltasAndSaysWhyItEnded() throws InterruptedException {
    rest.engine.answering(68, 69, 70);

    FakeHttpCall call =
        rest.post(STREAM, "{'id':'7','text_input':'Hi ','stream':true,'max_tokens':3}");

    assertThat(call.status()).isEqualTo(200);
    assertThat(call.contentType()).isEqualTo("text/event-stream; charset=utf-8");
    assertThat(call.hasEnded()).isTrue();
    List<JsonNode> events = call.events().stream().map(RestFixture::json).toList();
    StringBuilder text = new StringBuilder();
    events.forEach(event -> text.append(event.at("/text_output").asText()));
    assertThat(text).hasToString("abc");
    assertThat(events).allSatisfy(event -> assertThat(event.at("/id").asText()).isEqualTo("7"));
    assertThat(events.getLast().at("/finish_reason").asText()).isEqualTo("length");
    assertThat(events.getLast().at("/triton_final_response").asBoolean()).isTrue();
    assertThat(events.subList(0, events.size() - 1))
        .allSatisfy(
            event -> {
              assertThat(event.has("finish_reason")).isFalse();
              assertThat(event.has("triton_final_response")).isFalse();
            });
  }

  @Test
  void streamsWithoutBeingToldTo() throws InterruptedException {
    rest.engine.answering(68, 69, 70).stallAfter(1);

    FakeHttpCall call = FakeHttpCall.post(STREAM, "{'text_input':'Hi '}");
    call.onPiece(rest.engine::resume);
    rest.handle(call);

    assertThat(json(call.events().getFirst()).at("/text_output").asText()).isEqualTo("a");
    assertThat(call.events()).hasSizeGreaterThan(1);
  }

  @Test
  void sendsOneEventForTheWholeTextIfStreamIsFalse() throws InterruptedException {
    rest.engine.answering(68, 69);

    FakeHttpCall call = rest.post(STREAM, "{'text_input':'Hi ','stream':false}");

    assertThat(call.events()).hasSize(1);
    assertThat(json(call.events().getFirst()).at("/text_output").asText()).isEqualTo("Hi ab");
  }

  @Test
  void showsWhatWasAskedFor() throws InterruptedException {
    rest.engine.answering(68, 69);

    JsonNode answer =
        json(
            rest.post(
                WHOLE,
                "{'text_input':'Hi','logprobs':1,'return_logprobs':true,'return_num_input_tokens':true,"
                    + "'return_num_output_tokens':true,'return_cumulative_logprob':true}"));

    assertThat(answer.at("/num_output_tokens").asInt()).isEqualTo(3);
    assertThat(answer.at("/num_input_tokens").asInt())
        .isEqualTo(rest.engine.submitted().getFirst().promptTokenIds().length);
    assertThat(answer.at("/cumulative_logprob").asDouble()).isEqualTo(-1.5);
    JsonNode logprobs = json(answer.at("/logprobs").asText());
    assertThat(logprobs.at("/0/68/decoded_token").asText()).isEqualTo("a");
    assertThat(logprobs.at("/0/68/logprob").asDouble()).isEqualTo(-0.5);
    assertThat(logprobs.at("/0/68/rank").asInt()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'text_input':'x','temperature':0.5,'max_tokens':7,'seed':3,'ignore_eos':true}",
        "{'text_input':'x','parameters':{'temperature':'0.5','max_tokens':'7','seed':3,"
            + "'ignore_eos':'true'}}",
        "{'text_input':'x','sampling_parameters':'{\\'temperature\\':0.5,\\'max_tokens\\':7,"
            + "\\'seed\\':3,\\'ignore_eos\\':true}','temperature':0.9}",
        "{'text_input':['x'],'temperature':[0.5],'max_tokens':[7],'random_seed':[3],"
            + "'ignore_eos':[true],'stop_words':['']}"
      })
  void takesSamplingFieldsInEveryPlace(String body) throws InterruptedException {
    rest.engine.answering(68);

    assertThat(rest.post(WHOLE, body).status()).isEqualTo(200);
    assertThat(sampling().temperature()).isEqualTo(0.5f);
    assertThat(sampling().maxTokens()).isEqualTo(7);
    assertThat(sampling().seed()).hasValue(3);
    assertThat(sampling().ignoreEos()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'text_input':'xyz','logit_bias':{'9':3},'allowed_token_ids':[9],'bad_words':['a'],"
            + "'truncate_prompt_tokens':1}",
        "{'text_input':'xyz','parameters':{'logit_bias':{'9':3},'truncate_prompt_tokens':1,"
            + "'allowed_token_ids':9,'bad_words':'a'}}",
        "{'text_input':'xyz','sampling_parameters':'{\\'logit_bias\\':{\\'9\\':3},"
            + "\\'allowed_token_ids\\':[9],\\'bad_words\\':[\\'a\\'],"
            + "\\'truncate_prompt_tokens\\':1}'}",
        "{'text_input':'xyz','logit_bias':'{\\'9\\':3}','allowed_token_ids':[9],"
            + "'bad_words':['a'],'truncate_prompt_tokens':[1]}"
      })
  void takesTokenRulesInEveryPlace(String body) throws InterruptedException {
    FakeHttpCall call = rest.post(WHOLE, body);

    assertThat(call.status()).as(call.text()).isEqualTo(200);
    assertThat(sampling().tokenRules().biasedIds()).containsExactly(9);
    assertThat(sampling().tokenRules().biases()).containsExactly(3);
    assertThat(sampling().tokenRules().allowedIds()).containsExactly(9);
    assertThat(sampling().tokenRules().bannedSequences()[0]).containsExactly(68);
    assertThat(rest.engine.submitted().getLast().promptTokenIds()).hasSize(1);
  }

  @Test
  void eventsOfSeveralSamplesSayWhichTheyBelongTo() throws InterruptedException {
    rest.engine.answeringInTurn(new int[] {68, 69, 70}, new int[] {71});

    FakeHttpCall call = rest.post(STREAM, "{'text_input':'Hi ','n':2}");

    List<JsonNode> events = call.events().stream().map(RestFixture::json).toList();
    String[] texts = {"", ""};
    int[] numEnds = new int[2];
    for (JsonNode event : events) {
      int sample = event.required("sample_index").asInt();
      texts[sample] += event.at("/text_output").asText();
      numEnds[sample] += event.at("/finish_reason").asText().equals("stop") ? 1 : 0;
    }
    assertThat(texts).containsExactly("abc", "d");
    assertThat(numEnds).containsExactly(1, 1);
    assertThat(events.getLast().at("/triton_final_response").asBoolean()).isTrue();
    assertThat(events.subList(0, events.size() - 1))
        .noneMatch(event -> event.has("triton_final_response"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"['c']", "'c'", "['zzz','c']"})
  void stopsAtStopStrings(String stop) throws InterruptedException {
    rest.engine.answering(68, 69, 70, 68);

    JsonNode answer =
        json(
            rest.post(
                WHOLE,
                "{'text_input':'x','exclude_input_in_output':true,'parameters':{'stop':"
                    + stop
                    + "}}"));

    assertThat(answer.at("/text_output").asText()).isEqualTo("ab");
    assertThat(answer.at("/finish_reason").asText()).isEqualTo("stop");
  }

  @Test
  void limitsOutputTo16TokensByDefault() throws InterruptedException {
    rest.engine.answering(68);
    rest.post(WHOLE, "{'text_input':'x'}");

    assertThat(sampling().maxTokens()).isEqualTo(16);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{}|text_input",
        "{'text_input':1}|text_input",
        "{'text_input':{'a':1}}|text_input",
        "{'text_input':['a','b']}|text_input",
        "{'text_input':''}|prompt",
        "{'text_input':'x','parameters':[]}|parameters",
        "{'text_input':'x','text_input':'y'}|text_input",
        "{'text_input':'x','top_k':1,'parameters':{'top_k':2}}|already exists",
        "{'text_input':'x','parameters':{'mine':{'a':1}}}|invalid type",
        "{'text_input':'x','parameters':{'mine':[1]}}|invalid type",
        "{'text_input':'x','triton_mine':1}|reserved",
        "{'text_input':'x','temperature':-1}|temperature",
        "{'text_input':'x','top_p':2}|top_p",
        "{'text_input':'x','max_tokens':0}|max_tokens",
        "{'text_input':'x','max_tokens':'many'}|max_tokens",
        "{'text_input':'x','max_tokens':9999}|context",
        "{'text_input':'x','stream':'yes'}|stream",
        "{'text_input':'x','id':7}|id",
        "{'text_input':'x','sampling_parameters':'{'}|sampling_parameters",
        "{'text_input':'x','sampling_parameters':'{\\'temprature\\':1}'}|temprature",
        "{'text_input':'x','stop':['']}|stop",
        "{'text_input':'x','n':0}|n is 0",
        "{'text_input':'x','n':17}|at most 16",
        "{'text_input':'x','n':2,'temperature':0}|n is 2",
        "{'text_input':'x','logit_bias':{'512':1}}|logit_bias names token 512",
        "{'text_input':'x','logit_bias':'5'}|logit_bias must be a JSON object",
        "{'text_input':'x','allowed_token_ids':[512]}|allowed_token_ids names token 512",
        "{'text_input':'x','temperature':{'a':1}}|temperature",
        "{'text_input':'x','truncate_prompt_tokens':0}|truncate_prompt_tokens",
        "[]|object",
        "|generate request",
      })
  void refusesWithTheFieldAtFaultOnBothPaths(String body, String words)
      throws InterruptedException {
    for (String path : new String[] {WHOLE, STREAM}) {
      FakeHttpCall call = rest.post(path, body == null ? "" : body);

      assertThat(call.status()).isEqualTo(400);
      assertThat(call.contentType()).isEqualTo("application/json");
      assertThat(json(call).at("/error").asText()).contains(words);
    }
    assertThat(rest.engine.submitted()).isEmpty();
  }

  @Test
  void refusesStreamsWhereOneAnswerIsExpectedAndEchoWhereDeltasAre() throws InterruptedException {
    FakeHttpCall whole = rest.post(WHOLE, "{'text_input':'x','stream':true}");
    FakeHttpCall echo = rest.post(STREAM, "{'text_input':'x','exclude_input_in_output':false}");

    assertThat(whole.status()).isEqualTo(400);
    assertThat(json(whole).at("/error").asText()).contains("exactly 1 response");
    assertThat(echo.status()).isEqualTo(400);
    assertThat(json(echo).at("/error").asText()).contains("exclude_input_in_output");
  }

  @Test
  void refusalsOfTheEngineKeepTheirStatus() throws InterruptedException {
    rest.engine.overloaded();

    for (String path : new String[] {WHOLE, STREAM}) {
      FakeHttpCall call = rest.post(path, "{'text_input':'x'}");
      assertThat(call.status()).isEqualTo(503);
      assertThat(call.contentType()).isEqualTo("application/json");
    }
  }

  @Test
  void failuresMidStreamBecomeAnEvent() throws InterruptedException {
    rest.engine
        .answering(68, 69, 70)
        .failAfter(2, new ServingException(ErrorCode.INTERNAL, "the device was lost"))
        .stallAfter(1);
    FakeHttpCall call = FakeHttpCall.post(STREAM, "{'text_input':'x'}");
    call.onPiece(rest.engine::resume);

    rest.handle(call);

    assertThat(call.status()).isEqualTo(200);
    assertThat(call.events()).hasSize(3);
    assertThat(json(call.events().get(0)).at("/text_output").asText()).isEqualTo("a");
    assertThat(json(call.events().get(1)).at("/text_output").asText()).isEqualTo("b");
    assertThat(call.events().getLast()).isEqualTo("{\"error\":\"the device was lost\"}");
    assertThat(call.hasEnded()).isTrue();
  }

  @Test
  void failuresBeforeTheFirstEventKeepTheirStatus() throws InterruptedException {
    rest.engine
        .answering(68, 69)
        .failAfter(0, new ServingException(ErrorCode.INTERNAL, "the device was lost"));

    FakeHttpCall call = rest.post(STREAM, "{'text_input':'x'}");

    assertThat(call.status()).isEqualTo(500);
    assertThat(call.contentType()).isEqualTo("application/json");
  }

  @Test
  void abortsWhenTheClientLeaves() throws InterruptedException {
    rest.engine.answering(68, 69, 70).stallAfter(1);
    FakeHttpCall call = FakeHttpCall.post(STREAM, "{'text_input':'x'}");
    call.onPiece(call::disconnect);

    rest.handle(call);

    assertThat(rest.engine.aborted()).hasSize(1);
    assertThat(call.hasEnded()).isTrue();
    assertThat(call.events()).hasSize(1);
  }

  @Test
  void echoesThroughTheIdentityModel() throws InterruptedException {
    assertThat(
            json(rest.post("/v2/models/identity/generate", "{'INPUT0':[1,2],'mine':true}"))
                .at("/OUTPUT0")
                .toString())
        .isEqualTo("[1,2]");
    assertThat(rest.post("/v2/models/identity/generate", "{'INPUT0':'x'}").text())
        .contains("\"OUTPUT0\":\"x\"");
    assertThat(rest.post("/v2/models/identity/generate_stream", "{'INPUT0':[]}").events())
        .singleElement()
        .satisfies(event -> assertThat(event).contains("\"OUTPUT0\":[]"));
  }

  @Test
  void takesConstraintsAsJsonOrAsItsText() throws InterruptedException {
    rest.engine.answering(68);

    for (String parameters :
        List.of(
            "{'guided_regex':'a'}",
            "{'guided_choice':['a','b']}",
            "{'guided_json':{'type':'integer'}}",
            "{'structured_outputs':{'grammar':'root ::= [a]'}}",
            "{'structured_outputs':'{\\'regex\\':\\'a\\'}'}",
            "{'response_format':{'type':'json_object'}}")) {
      FakeHttpCall call = rest.post(WHOLE, "{'text_input':'Hi ','parameters':" + parameters + "}");

      assertThat(call.status()).as(call.text()).isEqualTo(200);
      assertThat(sampling().constraint()).as(parameters).isPresent();
    }
    FakeHttpCall refused =
        rest.post(WHOLE, "{'text_input':'Hi ','parameters':{'guided_json':{'if':{}}}}");

    assertThat(refused.status()).isEqualTo(400);
    assertThat(refused.text()).contains("guided_json", "keyword 'if'");
  }
}
