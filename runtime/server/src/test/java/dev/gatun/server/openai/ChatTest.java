package dev.gatun.server.openai;

import static dev.gatun.server.openai.ApiFixture.events;
import static dev.gatun.server.openai.ApiFixture.json;
import static dev.gatun.server.testing.TestModels.encode;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.gatun.engine.api.ErrorCode;
import dev.gatun.engine.api.GenerateRequest;
import dev.gatun.engine.api.ServingException;
import dev.gatun.server.testing.FakeHttpCall;
import dev.gatun.server.testing.TestModels;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ChatTest {
  private static final String PATH = "/v1/chat/completions";
  private static final String HI = "'messages':[{'role':'user','content':'hi'}]";
  private static final String HI_PROMPT = "<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n";

  private final ApiFixture api = new ApiFixture();

  @ParameterizedTest
  @ValueSource(strings = {"/v1/chat/completions", "/openai/v1/chat/completions"})
  void wholeAnswerHasEveryField(String path) throws InterruptedException {
    api.engine.answering(68, 69);
    int numPrompt = encode(HI_PROMPT).length;

    FakeHttpCall call = api.post(path, "{" + HI + ",'request_id':'r'}");

    assertThat(call.status()).as(call.text()).isEqualTo(200);
    assertThat(call.text())
        .isEqualTo(
            ("{'id':'chatcmpl-r','object':'chat.completion','created':1800000000,'model':'tiny',"
                    + "'choices':[{'index':0,'message':{'role':'assistant','content':'ab',"
                    + "'refusal':null,'annotations':null,'audio':null,'function_call':null,"
                    + "'tool_calls':[],'reasoning':null},'logprobs':null,'finish_reason':'stop',"
                    + "'stop_reason':null,'token_ids':null}],'service_tier':null,"
                    + "'system_fingerprint':null,'usage':{'prompt_tokens':P,'total_tokens':T,"
                    + "'completion_tokens':3,'prompt_tokens_details':null},"
                    + "'prompt_logprobs':null,'prompt_token_ids':null,'kv_transfer_params':null}")
                .replace("P", Integer.toString(numPrompt))
                .replace("T", Integer.toString(numPrompt + 3))
                .replace('\'', '"'));
    assertThat(prompt()).isEqualTo(HI_PROMPT);
  }

  @Test
  void answerMayTakeTheRestOfTheContext() throws InterruptedException {
    api.post(PATH, "{" + HI + "}");

    GenerateRequest request = api.engine.submitted().getFirst();
    assertThat(request.sampling().maxTokens()).isEqualTo(512 - request.promptTokenIds().length);
  }

  @Test
  void maxCompletionTokensWinsOverMaxTokens() throws InterruptedException {
    api.post(PATH, "{" + HI + ",'max_tokens':9,'max_completion_tokens':4}");

    assertThat(api.engine.submitted().getFirst().sampling().maxTokens()).isEqualTo(4);
  }

  @Test
  void textPartsAreJoinedByLines() throws InterruptedException {
    api.post(
        PATH,
        "{'messages':[{'role':'user','content':[{'type':'text','text':'a'},"
            + "{'type':'text','text':'b'}]}],'add_generation_prompt':false}");

    assertThat(prompt()).isEqualTo("<|im_start|>user\na\nb<|im_end|>\n");
  }

  @Test
  void toolsAndToolCallsReachTheTemplate() throws InterruptedException {
    api.post(
        PATH,
        "{'messages':[{'role':'user','content':'hi'},{'role':'assistant','content':null,"
            + "'tool_calls':[{'id':'1','type':'function','function':{'name':'f',"
            + "'arguments':'{\\'x\\': 1}'}}]},{'role':'tool','tool_call_id':'1','content':'2'}],"
            + "'tools':[{'type':'function','function':{'name':'f','parameters':{}}}]}");

    assertThat(prompt())
        .startsWith("<|im_start|>system\ntools:\n{")
        .contains("<|im_start|>assistant\n\n<call>f {\"x\": 1}</call><|im_end|>\n")
        .endsWith("<|im_start|>tool\n2<|im_end|>\n<|im_start|>assistant\n");
  }

  @Test
  void lastMessageCanBeContinued() throws InterruptedException {
    api.engine.answering(68);

    JsonNode answer =
        json(
            api.post(
                PATH,
                "{'messages':[{'role':'user','content':'hi'},"
                    + "{'role':'assistant','content':'well '}],"
                    + "'continue_final_message':true,'echo':true}"));

    assertThat(prompt()).isEqualTo("<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\nwell ");
    assertThat(answer.at("/choices/0/message/content").asText()).isEqualTo("well a");
  }

  @Test
  void logprobsNameTokensAndTheirBytes() throws InterruptedException {
    api.engine.answering(260);

    JsonNode choice =
        json(api.post(PATH, "{" + HI + ",'logprobs':true,'top_logprobs':2,'max_tokens':1}"))
            .at("/choices/0");

    assertThat(choice.at("/logprobs").toString())
        .isEqualTo(
            ("{'content':[{'token':' t','logprob':-0.5,'bytes':[32,116],'top_logprobs':["
                    + "{'token':' t','logprob':-0.5,'bytes':[32,116]},"
                    + "{'token':'he','logprob':-1.0,'bytes':[104,101]}]}]}")
                .replace('\'', '"'));
  }

  @Test
  void streamBeginsWithTheRoleAndEndsWithTheReason() throws InterruptedException {
    api.engine.answering(68, 69).stallAfter(1);
    FakeHttpCall call =
        FakeHttpCall.post(
                PATH,
                "{"
                    + HI
                    + ",'stream':true,'max_tokens':2,'request_id':'r',"
                    + "'stream_options':{'include_usage':true}}")
            .onPiece(api.engine::resume);

    api.handle(call);

    String head =
        "{'id':'chatcmpl-r','object':'chat.completion.chunk','created':1800000000,'model':'tiny',";
    int numPrompt = encode(HI_PROMPT).length;
    assertThat(call.events())
        .containsExactly(
            quoted(
                head
                    + "'choices':[{'index':0,'delta':{'role':'assistant','content':''},"
                    + "'logprobs':null,'finish_reason':null}]}"),
            quoted(
                head
                    + "'choices':[{'index':0,'delta':{'content':'a'},"
                    + "'logprobs':null,'finish_reason':null}]}"),
            quoted(
                head
                    + "'choices':[{'index':0,'delta':{'content':'b'},"
                    + "'logprobs':null,'finish_reason':'length','stop_reason':null}]}"),
            quoted(
                head
                    + "'choices':[],'usage':{'prompt_tokens':"
                    + numPrompt
                    + ",'total_tokens':"
                    + (numPrompt + 2)
                    + ",'completion_tokens':2,'prompt_tokens_details':null}}"),
            "[DONE]");
  }

  @Test
  void nothingIsSentBeforeTheFirstToken() throws InterruptedException {
    api.engine.answering(68).failAfter(0, new ServingException(ErrorCode.INTERNAL, "device lost"));

    List<JsonNode> events = events(api.post(PATH, "{" + HI + ",'stream':true}"));

    assertThat(events).hasSize(1);
    assertThat(events.getFirst().at("/error/message").asText()).isEqualTo("device lost");
  }

  @Test
  void everyStreamedChoiceHasRoleAndReason() throws InterruptedException {
    api.engine.answering(68, 69);

    List<JsonNode> events =
        events(
            api.post(
                PATH, "{" + HI + ",'stream':true,'n':3,'stop':['b'],'return_token_ids':true}"));

    assertThat(events.subList(0, 3))
        .allSatisfy(
            event -> assertThat(event.at("/choices/0/delta/role").asText()).isEqualTo("assistant"));
    assertThat(events.getFirst().at("/prompt_token_ids")).isNotEmpty();
    assertThat(events.stream().filter(event -> event.at("/choices/0/stop_reason").isTextual()))
        .hasSize(3)
        .allSatisfy(
            event -> assertThat(event.at("/choices/0/finish_reason").asText()).isEqualTo("stop"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{}                                                        | messages",
        "{'messages':'hi'}                                         | messages",
        "{'messages':[]}                                           | messages",
        "{'messages':[5]}                                          | messages[0]",
        "{'messages':[{'content':'hi'}]}                           | messages[0].role",
        "{'messages':[{'role':'user'}]}                            | messages[0].content",
        "{'messages':[{'role':'user','content':5}]}                | messages[0].content",
        "{'messages':[{'role':'user','content':[{'type':'image_url','image_url':{'url':'u'}}]}]}"
            + "| messages[0].content[0].type",
        "{'messages':[{'role':'assistant','tool_calls':[{'function':{'name':'f','arguments':'{'}}]"
            + "}]} | messages[0].tool_calls[0].function.arguments",
        "{HI,'tools':[]}                                           | tools",
        "{HI,'tools':[{'type':'function'}]}                        | tools[0].function",
        "{HI,'tool_choice':'auto'}                                 | tool_choice",
        "{HI,'tools':[{'function':{'name':'f'}}],'tool_choice':'required'} | tool_choice",
        "{HI,'tools':[{'function':{'name':'f'}}],"
            + "'tool_choice':{'type':'function','function':{'name':'f'}}} | tool_choice",
        "{HI,'top_logprobs':2}                                     | top_logprobs",
        "{HI,'logprobs':true,'top_logprobs':6}                     | top_logprobs",
        "{HI,'logprobs':3}                                         | logprobs",
        "{HI,'max_completion_tokens':'many'}                       | max_completion_tokens",
        "{HI,'chat_template':'x'}                                  | chat_template",
        "{HI,'chat_template_kwargs':[]}                            | chat_template_kwargs",
        "{HI,'continue_final_message':true,'add_generation_prompt':true} | continue_final_message",
        "{HI,'response_format':{'type':'json_schema'}}             | response_format.json_schema",
        "{HI,'audio':{}}                                           | audio",
      })
  void badFieldIsNamed(String body, String field) throws InterruptedException {
    FakeHttpCall call = api.post(PATH, body.replace("HI", HI));

    assertThat(call.status()).as(call.text()).isEqualTo(400);
    assertThat(json(call).at("/error/param").asText()).as(call.text()).isEqualTo(field);
    assertThat(api.engine.submitted()).isEmpty();
  }

  @Test
  void promptLogprobsStandBesideTheChoices() throws InterruptedException {
    api.engine.answering(68);

    JsonNode answer =
        json(
            api.post(
                "/v1/chat/completions",
                "{'messages':[{'role':'user','content':'x'}],'prompt_logprobs':0,"
                    + "'logit_bias':{'9':3},'n':2,'return_token_ids':true}"));

    int[] prompt = api.engine.submitted().getFirst().promptTokenIds();
    assertThat(answer.at("/prompt_logprobs")).hasSize(prompt.length);
    assertThat(answer.at("/prompt_logprobs/0").isNull()).isTrue();
    assertThat(answer.at("/prompt_logprobs/1/" + prompt[1] + "/logprob").asDouble())
        .isEqualTo(-0.5);
    assertThat(answer.at("/choices")).hasSize(2);
    assertThat(api.engine.submitted().getLast().sampling().tokenRules().biases())
        .containsExactly(3);
  }

  @Test
  void templateKwargsReachTheTemplateButDoNotReplaceTheMessages() throws InterruptedException {
    api.post(
        PATH,
        "{"
            + HI
            + ",'tool_choice':'none','chat_template_kwargs':{'messages':[],"
            + "'tools':[{'function':{'name':'viaKwargs'}}]}}");

    assertThat(prompt()).contains("viaKwargs").contains("<|im_start|>user\nhi<|im_end|>");
  }

  @Test
  void modelWithoutTemplateSaysSo() throws InterruptedException {
    ApiFixture base = new ApiFixture(false, TestModels::tinyBase);

    FakeHttpCall call = base.post(PATH, "{" + HI + "}");

    assertThat(call.status()).isEqualTo(400);
    assertThat(json(call).at("/error/message").asText()).contains("has no chat template");
  }

  @Test
  void templateThatRefusesIsTheClientsError() throws InterruptedException {
    ApiFixture strict =
        new ApiFixture(
            false,
            engine ->
                TestModels.tinyTemplate(engine, "{{ raise_exception('roles must alternate') }}"));

    FakeHttpCall call = strict.post(PATH, "{" + HI + "}");

    assertThat(call.status()).isEqualTo(400);
    assertThat(json(call).at("/error/message").asText()).endsWith("roles must alternate");
  }

  @Test
  void messageThatTheTemplateDropsCannotBeContinued() throws InterruptedException {
    ApiFixture fixed =
        new ApiFixture(false, engine -> TestModels.tinyTemplate(engine, "always the same"));

    FakeHttpCall call = fixed.post(PATH, "{" + HI + ",'continue_final_message':true}");

    assertThat(call.status()).isEqualTo(400);
    assertThat(json(call).at("/error/param").asText()).isEqualTo("continue_final_message");
  }

  @Test
  void tokenizeTakesPromptsAndMessages() throws InterruptedException {
    JsonNode prompt =
        json(api.post("/tokenize", "{'prompt':'the token','return_token_strs':true}"));
    JsonNode chat = json(api.post("/tokenize", "{" + HI + "}"));

    assertThat(prompt.at("/count").asInt()).isEqualTo(prompt.at("/tokens").size());
    assertThat(prompt.at("/max_model_len").asInt()).isEqualTo(512);
    assertThat(prompt.at("/token_strs/" + (prompt.at("/tokens").size() - 1)).asText())
        .isEqualTo("Ġtoken");
    assertThat(chat.at("/count").asInt()).isEqualTo(encode(HI_PROMPT).length);
    assertThat(chat.at("/token_strs").isNull()).isTrue();
    assertThat(api.post("/tokenize", "{}").status()).isEqualTo(400);
  }

  /** Text of the only prompt submitted. */
  private String prompt() {
    assertThat(api.engine.submitted()).hasSize(1);
    return TestModels.TOKENIZER.decode(api.engine.submitted().getFirst().promptTokenIds(), false);
  }

  private static String quoted(String json) {
    return json.replace('\'', '"');
  }
}
