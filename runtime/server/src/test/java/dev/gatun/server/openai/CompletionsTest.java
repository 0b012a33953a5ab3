package dev.gatun.server.openai;

import static dev.gatun.server.openai.ApiFixture.json;
import static dev.gatun.server.testing.TestModels.encode;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.gatun.engine.api.GenerateRequest;
import dev.gatun.engine.api.TokenRules;
import dev.gatun.server.testing.FakeHttpCall;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CompletionsTest {
  private static final int LENGTH_OF_THE_SERVER = encode("The server").length;

  private final ApiFixture api = new ApiFixture();

  @ParameterizedTest
  @ValueSource(strings = {"/v1/completions", "/openai/v1/completions"})
  void wholeAnswerHasEveryField(String path) throws InterruptedException {
    api.engine.answering(68, 69);

    FakeHttpCall call =
        api.handle(
            FakeHttpCall.post(path, "{'model':'tiny-alias','prompt':'The server'}")
                .with("X-Request-Id", "abc-1"));

    assertThat(call.status()).isEqualTo(200);
    assertThat(call.contentType()).isEqualTo("application/json");
    assertThat(call.text())
        .isEqualTo(
            ("{'id':'cmpl-abc-1','object':'text_completion','created':1800000000,'model':'tiny',"
                    + "'choices':[{'index':0,'text':'ab','logprobs':null,'finish_reason':'stop',"
                    + "'stop_reason':null,'token_ids':null,'prompt_logprobs':null,"
                    + "'prompt_token_ids':null}],'usage':{'prompt_tokens':P,'total_tokens':T,"
                    + "'completion_tokens':3,'prompt_tokens_details':null},"
                    + "'system_fingerprint':null,'service_tier':null,'kv_transfer_params':null}")
                .replace("P", Integer.toString(LENGTH_OF_THE_SERVER))
                .replace("T", Integer.toString(LENGTH_OF_THE_SERVER + 3))
                .replace('\'', '"'));
  }

  @Test
  void onlyModelNeedsNoName() throws InterruptedException {
    api.engine.answering(68);

    JsonNode answer = json(api.post("/v1/completions", "{'prompt':'x'}"));

    assertThat(answer.at("/model").asText()).isEqualTo("tiny");
    assertThat(answer.at("/id").asText()).matches("cmpl-[0-9a-f]{32}");
    assertThat(api.engine.submitted().getFirst().sampling().maxTokens()).isEqualTo(16);
  }

  @Test
  void unfitRequestIdHeaderIsPassedOver() throws InterruptedException {
    JsonNode answer =
        json(
            api.handle(
                FakeHttpCall.post("/v1/completions", "{'prompt':'x','request_id':'mine'}")
                    .with("X-Request-Id", "a b")));

    assertThat(answer.at("/id").asText()).isEqualTo("cmpl-mine");
  }

  @Test
  void samplingFieldsReachTheEngine() throws InterruptedException {
    api.post(
        "/v1/completions",
        "{'prompt':'x','temperature':0.5,'top_k':3,'seed':7,'max_tokens':4,'min_tokens':2,"
            + "'stop_token_ids':[9],'ignore_eos':true,'unknown_field':{'a':[1]},'user':'u'}");

    GenerateRequest request = api.engine.submitted().getFirst();
    assertThat(request.promptTokenIds()).isEqualTo(encode("x"));
    assertThat(request.sampling().temperature()).isEqualTo(0.5f);
    assertThat(request.sampling().topK()).isEqualTo(3);
    assertThat(request.sampling().seed()).hasValue(7);
    assertThat(request.sampling().maxTokens()).isEqualTo(4);
    assertThat(request.sampling().minTokens()).isEqualTo(2);
    assertThat(request.sampling().stopTokenIds()).containsExactly(9);
    assertThat(request.sampling().ignoreEos()).isTrue();
  }

  @Test
  void promptMayBeTokenIds() throws InterruptedException {
    api.post("/v1/completions", "{'prompt':[70,71]}");

    assertThat(api.engine.submitted().getFirst().promptTokenIds()).containsExactly(70, 71);
  }

  @Test
  void promptMayBeAListOfTextsOrTokenIdLists() throws InterruptedException {
    api.engine.onPrompt(encode("x"), 68).onPrompt(new int[] {70, 71}, 69);

    JsonNode answer = json(api.post("/v1/completions", "{'prompt':['x',[70,71]]}"));

    assertThat(answer.at("/choices/0/text").asText()).isEqualTo("a");
    assertThat(answer.at("/choices/1/text").asText()).isEqualTo("b");
    assertThat(answer.at("/choices/1/index").asInt()).isEqualTo(1);
    assertThat(answer.at("/usage/prompt_tokens").asInt()).isEqualTo(3);
    assertThat(answer.at("/usage/completion_tokens").asInt()).isEqualTo(4);
  }

  @Test
  void longPromptIsCutToItsTailWhenAskedTo() throws InterruptedException {
    api.post("/v1/completions", "{'prompt':[70,71,72],'truncate_prompt_tokens':2}");

    assertThat(api.engine.submitted().getFirst().promptTokenIds()).containsExactly(71, 72);
  }

  @Test
  void samplesCountTheirPromptOnceAndHaveSeedsInARow() throws InterruptedException {
    api.engine.answering(68);

    JsonNode answer = json(api.post("/v1/completions", "{'prompt':[[70],[71,72]],'n':2,'seed':5}"));

    assertThat(answer.at("/choices")).hasSize(4);
    assertThat(answer.at("/choices/3/index").asInt()).isEqualTo(3);
    assertThat(answer.at("/usage/prompt_tokens").asInt()).isEqualTo(3);
    assertThat(answer.at("/usage/completion_tokens").asInt()).isEqualTo(8);
    assertThat(api.engine.submitted())
        .extracting(request -> request.sampling().seed().getAsLong())
        .containsExactly(5L, 6L, 5L, 6L);
  }

  @Test
  void firstSampleIsTheOneOfARequestForOne() throws InterruptedException {
    api.post("/v1/completions", "{'prompt':'x','seed':5}");
    api.post("/v1/completions", "{'prompt':'x','n':3,'seed':5}");

    assertThat(api.engine.submitted().get(1).sampling())
        .usingRecursiveComparison()
        .isEqualTo(api.engine.submitted().getFirst().sampling());
  }

  @Test
  void bestOfAnswersTheLikeliestSamplesAndCountsAll() throws InterruptedException {
    // Each token, the end included, has log-probability -0.5, so short answers are likely.
    api.engine.answeringInTurn(
        new int[] {68, 68, 68}, new int[] {69}, new int[] {70, 70}, new int[] {71, 71});

    JsonNode answer = json(api.post("/v1/completions", "{'prompt':'x','n':2,'best_of':4}"));

    assertThat(answer.at("/choices").findValuesAsText("text")).containsExactly("b", "cc");
    assertThat(answer.at("/choices").findValuesAsText("index")).containsExactly("0", "1");
    assertThat(answer.at("/choices/0/logprobs").isNull()).isTrue();
    assertThat(answer.at("/usage/completion_tokens").asInt()).isEqualTo(4 + 2 + 3 + 3);
    assertThat(answer.at("/usage/prompt_tokens").asInt()).isEqualTo(encode("x").length);
  }

  @Test
  void bestOfChoosesPerPrompt() throws InterruptedException {
    api.engine.answeringInTurn(
        new int[] {68, 68}, new int[] {69}, new int[] {70}, new int[] {71, 71});

    JsonNode answer =
        json(
            api.post(
                "/v1/completions",
                "{'prompt':[[80],[81]],'best_of':2,'logprobs':0,'return_token_ids':true}"));

    assertThat(answer.at("/choices").findValuesAsText("text")).containsExactly("b", "c");
    assertThat(answer.at("/choices/1/prompt_token_ids").toString()).isEqualTo("[81]");
    assertThat(answer.at("/choices/1/logprobs/token_logprobs")).hasSize(2);
  }

  @Test
  void tokenRulesReachTheEngine() throws InterruptedException {
    api.post(
        "/v1/completions",
        "{'prompt':'x','logit_bias':{'9':3},'allowed_token_ids':[9,8],'bad_words':['a']}");

    TokenRules rules = api.engine.submitted().getFirst().sampling().tokenRules();
    assertThat(rules.biasedIds()).containsExactly(9);
    assertThat(rules.biases()).containsExactly(3);
    assertThat(rules.allowedIds()).containsExactly(8, 9);
    assertThat(rules.bannedSequences()[0]).isEqualTo(encode("a"));
  }

  @Test
  void stopStringIsReported() throws InterruptedException {
    api.engine.answering(encode("one two"));

    JsonNode answer = json(api.post("/v1/completions", "{'prompt':'x','stop':[' two']}"));

    assertThat(answer.at("/choices/0/text").asText()).isEqualTo("one");
    assertThat(answer.at("/choices/0/finish_reason").asText()).isEqualTo("stop");
    assertThat(answer.at("/choices/0/stop_reason").asText()).isEqualTo(" two");
  }

  @Test
  void lengthIsReported() throws InterruptedException {
    api.engine.answering(68, 69, 70);

    JsonNode answer = json(api.post("/v1/completions", "{'prompt':'x','max_tokens':2}"));

    assertThat(answer.at("/choices/0/finish_reason").asText()).isEqualTo("length");
    assertThat(answer.at("/choices/0/stop_reason").isNull()).isTrue();
  }

  @Test
  void echoPutsThePromptBeforeTheText() throws InterruptedException {
    api.engine.answering(68, 69);

    JsonNode answer = json(api.post("/v1/completions", "{'prompt':'The server','echo':true}"));

    assertThat(answer.at("/choices/0/text").asText()).isEqualTo("The serverab");
  }

  @Test
  void logprobsAreParallelLists() throws InterruptedException {
    api.engine.answering(260, 69);

    JsonNode logprobs =
        json(api.post("/v1/completions", "{'prompt':'x','logprobs':2,'max_tokens':2}"))
            .at("/choices/0/logprobs");

    assertThat(logprobs.toString())
        .isEqualTo(
            ("{'tokens':[' t','b'],'token_logprobs':[-0.5,-0.5],"
                    + "'top_logprobs':[{' t':-0.5,'he':-1.0},{'b':-0.5,'c':-1.0}],"
                    + "'text_offset':[0,2]}")
                .replace('\'', '"'));
  }

  @Test
  void echoedLogprobsBeginWithNull() throws InterruptedException {
    JsonNode choice =
        json(api.post(
                "/v1/completions",
                "{'prompt':[260,68,69],'echo':true,'logprobs':0,'max_tokens':0}"))
            .at("/choices/0");

    assertThat(choice.at("/text").asText()).isEqualTo(" tab");
    assertThat(choice.at("/logprobs").toString())
        .isEqualTo(
            ("{'tokens':[' t','a','b'],'token_logprobs':[null,-0.5,-0.5],"
                    + "'top_logprobs':[null,{'a':-0.5},{'b':-0.5}],'text_offset':[0,2,3]}")
                .replace('\'', '"'));
    assertThat(choice.at("/finish_reason").asText()).isEqualTo("length");
    assertThat(choice.at("/prompt_logprobs").isNull()).isTrue();
  }

  @Test
  void tokensMayBeNamedByTheirIds() throws InterruptedException {
    api.engine.answering(68);

    JsonNode choice =
        json(api.post(
                "/v1/completions",
                "{'prompt':[70],'logprobs':1,'return_tokens_as_token_ids':true,"
                    + "'return_token_ids':true,'max_tokens':1}"))
            .at("/choices/0");

    assertThat(choice.at("/logprobs/tokens/0").asText()).isEqualTo("token_id:68");
    assertThat(choice.at("/logprobs/top_logprobs/0/token_id:68").asDouble()).isEqualTo(-0.5);
    assertThat(choice.at("/token_ids").toString()).isEqualTo("[68]");
    assertThat(choice.at("/prompt_token_ids").toString()).isEqualTo("[70]");
  }

  @Test
  void promptLogprobsAreMapsOfTokenIds() throws InterruptedException {
    JsonNode choice =
        json(api.post("/v1/completions", "{'prompt':[68,69],'prompt_logprobs':2}"))
            .at("/choices/0");

    assertThat(choice.at("/prompt_logprobs").toString())
        .isEqualTo(
            ("[null,{'69':{'logprob':-0.5,'rank':1,'decoded_token':'b'},"
                    + "'70':{'logprob':-1.0,'rank':2,'decoded_token':'c'}}]")
                .replace('\'', '"'));
    assertThat(choice.at("/logprobs").isNull()).isTrue();
  }

  @Test
  void cachedTokensAreReportedWhereEnabled() throws InterruptedException {
    ApiFixture reporting = new ApiFixture(true);
    reporting.engine.cachedTokens(16);

    JsonNode usage =
        json(reporting.post("/v1/completions", "{'prompt':[[70],[71]],'n':2}")).at("/usage");

    assertThat(usage.at("/prompt_tokens_details/cached_tokens").asInt()).isEqualTo(32);
  }

  @Test
  void clientThatLeavesAbortsEveryChoice() throws InterruptedException {
    api.engine.answering(68, 69).stallAfter(1);
    FakeHttpCall call = FakeHttpCall.post("/v1/completions", "{'prompt':'x','n':2}");
    call.disconnect();

    api.handle(call);

    assertThat(api.engine.aborted()).hasSize(2);
    assertThat(json(call).at("/choices/0/finish_reason").asText()).isEqualTo("abort");
  }

  @Test
  void modelsAreListedByEveryName() throws InterruptedException {
    JsonNode answer = json(api.get("/openai/v1/models"));

    assertThat(answer.at("/object").asText()).isEqualTo("list");
    assertThat(answer.at("/data").findValuesAsText("id"))
        .containsAll(List.of("tiny", "tiny-alias"));
    assertThat(answer.at("/data/1/root").asText()).isEqualTo("tiny");
    assertThat(answer.at("/data/0/max_model_len").asInt()).isEqualTo(512);
    assertThat(answer.at("/data/0/created").asLong()).isEqualTo(1_700_000_000L);
  }
}
