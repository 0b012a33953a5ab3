package dev.gatun.server.oip.rest;

import static dev.gatun.server.oip.rest.RestFixture.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.gatun.server.testing.FakeHttpCall;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Everything but inference. */
final class OipRoutesTest {
  private final RestFixture rest = new RestFixture();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "/v2/health/live|{'live':true}",
        "/v2/health/ready|{'ready':true}",
        "/v2/models|{'models':['identity','tiny']}",
        "/v2/models/identity/ready|{'name':'identity','ready':true}",
        "/v2/models/identity/versions/1/ready|{'name':'identity','ready':true}",
        "/v2/models/identity|{'name':'identity','versions':['1'],'platform':'gatun_identity',"
            + "'inputs':[{'name':'INPUT0','datatype':'BYTES','shape':[-1]}],"
            + "'outputs':[{'name':'OUTPUT0','datatype':'BYTES','shape':[-1]}],"
            + "'properties':{'takes':'any number of inputs of any datatype and shape'}}",
      })
  void answersWith(String path, String body) throws InterruptedException {
    FakeHttpCall call = rest.get(path);

    assertThat(call.status()).isEqualTo(200);
    assertThat(call.contentType()).isEqualTo("application/json");
    assertThat(json(call)).isEqualTo(json(body.replace('\'', '"')));
  }

  @Test
  void namesServerVersionAndExtensions() throws InterruptedException {
    JsonNode server = json(rest.get("/v2"));

    assertThat(server.at("/name").asText()).isEqualTo("gatun");
    assertThat(server.at("/version").asText()).isEqualTo("0.0-test");
    assertThat(server.at("/extensions").isArray()).isTrue();
    assertThat(rest.get("/v2/").status()).isEqualTo(200);
  }

  @Test
  void isLiveButNotReadyWhileStatusSaysSo() throws InterruptedException {
    rest.status.ready(false);

    assertThat(rest.get("/v2/health/live").status()).isEqualTo(200);
    assertThat(rest.get("/v2/health/ready").status()).isEqualTo(503);
    assertThat(rest.get("/v2/models/identity/ready").status()).isEqualTo(503);
  }

  @Test
  void describesTheGeneratingModelAsTritonsVllmBackend() throws InterruptedException {
    JsonNode model = json(rest.get("/v2/models/tiny"));

    assertThat(model.at("/inputs").findValuesAsText("name"))
        .containsExactly(
            "text_input",
            "stream",
            "sampling_parameters",
            "exclude_input_in_output",
            "return_finish_reason",
            "return_cumulative_logprob",
            "return_logprobs",
            "return_num_input_tokens",
            "return_num_output_tokens");
    assertThat(model.at("/outputs").findValuesAsText("name"))
        .containsExactly(
            "text_output",
            "finish_reason",
            "cumulative_logprob",
            "logprobs",
            "num_input_tokens",
            "num_output_tokens");
    JsonNode config = json(rest.get("/v2/models/tiny/config"));
    assertThat(config.at("/model_transaction_policy/decoupled").asBoolean()).isTrue();
    assertThat(config.at("/max_batch_size").asInt()).isZero();
    assertThat(config.at("/input/1/data_type").asText()).isEqualTo("TYPE_BOOL");
    assertThat(config.at("/input/1/optional").asBoolean()).isTrue();
    assertThat(config.at("/input/0/dims").toString()).isEqualTo("[1]");
  }

  @Test
  void countsPerModelAndPerResponse() throws InterruptedException {
    rest.engine.answering(68, 69);
    rest.post("/v2/models/tiny/generate_stream", "{'text_input':'x'}");
    rest.post(
        "/v2/models/identity/infer",
        "{'inputs':[{'name':'A','datatype':'INT8','shape':[1],'data':[1]}]}");

    JsonNode all = json(rest.get("/v2/models/stats")).at("/model_stats");
    assertThat(all.findValuesAsText("name")).containsExactly("identity", "tiny");
    assertThat(all.at("/0/inference_stats/success/count").asInt()).isEqualTo(1);
    JsonNode tiny = json(rest.get("/v2/models/tiny/stats")).at("/model_stats/0");
    assertThat(tiny.at("/inference_count").asInt()).isEqualTo(1);
    assertThat(tiny.at("/response_stats/0/success/count").asInt()).isEqualTo(1);
    assertThat(tiny.at("/inference_stats/queue/ns").asInt()).isEqualTo(1);
    assertThat(rest.get("/v2/models/other/stats").status()).isEqualTo(404);
  }

  @Test
  void listsLoadsAndKeepsModels() throws InterruptedException {
    assertThat(json(rest.post("/v2/repository/index", "")).findValuesAsText("state"))
        .containsExactly("READY", "READY");
    assertThat(json(rest.post("/v2/repository/index", "{'ready':true}"))).hasSize(2);
    assertThat(rest.post("/v2/repository/index", "{'ready':1}").status()).isEqualTo(400);
    assertThat(rest.post("/v2/repository/r/index", "").status()).isEqualTo(501);

    FakeHttpCall load = rest.post("/v2/repository/models/tiny/load", "");
    assertThat(load.status()).isEqualTo(200);
    assertThat(load.text()).isEqualTo("{\"name\":\"tiny\",\"load\":true}");
    assertThat(
            rest.post("/v2/repository/models/tiny/load", "{'parameters':{'config':'{}'}}").status())
        .isEqualTo(501);
    assertThat(rest.post("/v2/repository/models/tiny/load", "{'parameters':1}").status())
        .isEqualTo(400);
    assertThat(rest.post("/v2/repository/models/other/load", "").status()).isEqualTo(404);
    FakeHttpCall unload = rest.post("/v2/repository/models/tiny/unload", "{}");
    assertThat(unload.status()).isEqualTo(501);
    assertThat(json(unload).at("/error").asText()).contains("cannot be unloaded");
    assertThat(rest.post("/v2/repository/models/other/unload", "").status()).isEqualTo(404);
  }

  @ParameterizedTest
  @CsvSource({
    "/v2/models/other,404",
    "/v2/models/other/ready,404",
    "/v2/models/other/config,404",
    "/v2/models/identity/versions/9/config,404",
    "/v2/models/identity/versions/abc,400",
    "/v2/models/identity/infer,405",
    "/v2/nothing,404"
  })
  void refusesWithAJsonError(String path, int status) throws InterruptedException {
    FakeHttpCall call = rest.get(path);

    assertThat(call.status()).isEqualTo(status);
    assertThat(json(call).at("/error").asText()).isNotEmpty();
  }
}
