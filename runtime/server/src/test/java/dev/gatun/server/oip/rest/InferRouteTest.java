package dev.gatun.server.oip.rest;

import static dev.gatun.server.oip.rest.RestFixture.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.gatun.server.oip.tensor.Datatype;
import dev.gatun.server.oip.tensor.InferTensor;
import dev.gatun.server.oip.tensor.RandomTensors;
import dev.gatun.server.testing.FakeHttpCall;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Inference as JSON and with binary tensor data. */
final class InferRouteTest {
  private static final String PATH = "/v2/models/identity/infer";

  private final RestFixture rest = new RestFixture();

  @ParameterizedTest
  @ValueSource(strings = {PATH, "/v2/models/identity/versions/1/infer"})
  void answersWithTheFlatData(String path) throws InterruptedException {
    FakeHttpCall call =
        rest.post(
            path,
            "{'id':'7','model_name':'x','inputs':[{'data':[[1,2],[3,-4]],'name':'INPUT0',"
                + "'datatype':'INT32','shape':[2,2]}]}");

    assertThat(call.status()).isEqualTo(200);
    assertThat(call.contentType()).isEqualTo("application/json");
    assertThat(json(call))
        .isEqualTo(
            json(
                "{'model_name':'identity','model_version':'1','id':'7','outputs':[{'name':'OUTPUT0',"
                        .replace('\'', '"')
                    + "'datatype':'INT32','shape':[2,2],'data':[1,2,3,-4]}]}".replace('\'', '"')));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "BOOL|[true,false]",
        "UINT64|[18446744073709551615,0]",
        "INT64|[-9223372036854775808,9223372036854775807]",
        "FP32|[0.1,-3.4E38]",
        "FP64|[0.1,1.0E300]",
        "BYTES|[\"\",\"é\\u0000😀\"]"
      })
  void keepsValuesOfEveryKind(String datatype, String data) throws InterruptedException {
    FakeHttpCall call =
        rest.post(
            PATH,
            "{'inputs':[{'name':'INPUT0','datatype':'"
                + datatype
                + "','shape':[2],'data':"
                + data
                + "}]}");

    assertThat(call.status()).isEqualTo(200);
    assertThat(json(call).at("/outputs/0/data").toString()).isEqualTo(json(data).toString());
  }

  @ParameterizedTest
  @EnumSource(Datatype.class)
  void binaryDataComesBackByteForByte(Datatype datatype) throws InterruptedException {
    long seed = System.nanoTime();
    System.out.println("InferRouteTest seed=" + seed);
    InferTensor tensor = RandomTensors.tensor("INPUT0", datatype, new Random(seed));
    byte[] data = tensor.data().toByteArray();

    FakeHttpCall call =
        rest.postBinary(
            PATH,
            "{'inputs':[{'name':'INPUT0','datatype':'"
                + datatype
                + "','shape':"
                + tensor.shape()
                + ",'parameters':{'binary_data_size':"
                + data.length
                + "}}],'outputs':[{'name':'OUTPUT0','parameters':{'binary_data':true}}]}",
            data);

    assertThat(call.status()).isEqualTo(200);
    assertThat(call.contentType()).isEqualTo("application/octet-stream");
    int jsonLength = Integer.parseInt(call.answerHeader("inference-header-content-length"));
    JsonNode head = json(new String(call.bytes(), 0, jsonLength, StandardCharsets.UTF_8));
    assertThat(head.at("/outputs/0/parameters/binary_data_size").asInt()).isEqualTo(data.length);
    assertThat(head.at("/outputs/0/data").isMissingNode()).isTrue();
    assertThat(Arrays.copyOfRange(call.bytes(), jsonLength, call.bytes().length)).isEqualTo(data);
  }

  @Test
  void mixesJsonAndBinaryInBothDirections() throws InterruptedException {
    FakeHttpCall call =
        rest.postBinary(
            PATH,
            "{'parameters':{'binary_data_output':true},'inputs':["
                + "{'name':'INPUT0','datatype':'UINT8','shape':[2],'parameters':{'binary_data_size':2}},"
                + "{'name':'INPUT1','datatype':'UINT8','shape':[1],'data':[9]},"
                + "{'name':'INPUT2','datatype':'UINT8','shape':[1],'parameters':{'binary_data_size':1}}],"
                + "'outputs':[{'name':'OUTPUT2'},{'name':'OUTPUT0','parameters':{'binary_data':false}},"
                + "{'name':'OUTPUT1'}]}",
            new byte[] {1, 2},
            new byte[] {3});

    int jsonLength = Integer.parseInt(call.answerHeader("inference-header-content-length"));
    JsonNode head = json(new String(call.bytes(), 0, jsonLength, StandardCharsets.UTF_8));
    assertThat(head.at("/outputs").findValuesAsText("name"))
        .containsExactly("OUTPUT2", "OUTPUT0", "OUTPUT1");
    assertThat(head.at("/outputs/1/data").toString()).isEqualTo("[1,2]");
    assertThat(Arrays.copyOfRange(call.bytes(), jsonLength, call.bytes().length))
        .containsExactly(3, 9);
  }

  @Test
  void takesABodyThatIsOnlyAString() throws InterruptedException {
    FakeHttpCall call =
        rest.handle(
            new FakeHttpCall("POST", PATH, "abc".getBytes(StandardCharsets.UTF_8))
                .with(InferBody.LENGTH_HEADER, "0"));

    assertThat(call.status()).isEqualTo(200);
    int jsonLength = Integer.parseInt(call.answerHeader("inference-header-content-length"));
    assertThat(new String(call.bytes(), jsonLength, 7, StandardCharsets.UTF_8))
        .isEqualTo("\u0003\0\0\0abc");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "-1", "+1", "1.5", "300", "4294967296", "99999999999999999999"})
  void refusesALengthHeaderThatIsNoNumberWithinTheBody(String header) throws InterruptedException {
    FakeHttpCall call =
        rest.handle(FakeHttpCall.post(PATH, "{'inputs':[]}").with(InferBody.LENGTH_HEADER, header));

    assertThat(call.status()).isEqualTo(400);
    assertThat(json(call).at("/error").asText()).contains("inference-header-content-length");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{'binary_data_size':3}||unexpected size for input 'INPUT0'",
        "{'binary_data_size':1}||unexpected additional input data for model 'identity'",
        "{'binary_data_size':-1}||must be an integer >= 0",
        "{'binary_data_size':'2'}||must be an integer >= 0",
        "{'binary_data_size':99999999999999999999}||must be an integer >= 0",
        "{'binary_data_size':2}|'data':[1,2],|both 'data' and",
        "{}||unexpected additional input data",
      })
  void refusesBinaryDataThatDoesNotAddUp(String parameters, String data, String words)
      throws InterruptedException {
    FakeHttpCall call =
        rest.postBinary(
            PATH,
            "{'inputs':[{'name':'INPUT0','datatype':'UINT8',"
                + (data == null ? "" : data)
                + "'shape':[2],'parameters':"
                + parameters
                + "}]}",
            new byte[] {1, 2});

    assertThat(call.status()).isEqualTo(400);
    assertThat(json(call).at("/error").asText()).contains(words);
  }

  /** What a client can get wrong in JSON is never our failure. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "null",
        "{",
        "{}",
        "{'inputs':null}",
        "{'inputs':{}}",
        "{'inputs':[]}",
        "{'inputs':[1]}",
        "{'inputs':[{}]}",
        "{'inputs':[{'name':1}]}",
        "{'inputs':[{'name':'A','shape':[1],'data':[1]}]}",
        "{'inputs':[{'name':'A','datatype':'INT8','data':[1]}]}",
        "{'inputs':[{'name':'A','datatype':'INT8','shape':[1]}]}",
        "{'inputs':[{'name':'A','datatype':'INT8','shape':1,'data':[1]}]}",
        "{'inputs':[{'name':'A','datatype':'INT8','shape':['1'],'data':[1]}]}",
        "{'inputs':[{'name':'A','datatype':'INT8','shape':[1.0],'data':[1]}]}",
        "{'inputs':[{'name':'A','datatype':'INT8','shape':[-1],'data':[1]}]}",
        "{'inputs':[{'name':'A','datatype':'INT8','shape':[99999999999999999999],'data':[1]}]}",
        "{'inputs':[{'name':'A','datatype':'INT8','shape':[4294967296,4294967296],'data':[1]}]}",
        "{'inputs':[{'name':'A','datatype':'INT8','shape':[9223372036854775807],'data':[1]}]}",
        "{'inputs':[{'name':'A','datatype':'INT8','shape':[2],'data':[1]}]}",
        "{'inputs':[{'name':'A','datatype':'INT8','shape':[1],'data':1}]}",
        "{'inputs':[{'name':'A','datatype':'INT8','shape':[1],'data':{'a':1}}]}",
        "{'inputs':[{'name':'A','datatype':'INT8','shape':[1],'data':[128]}]}",
        "{'inputs':[{'name':'A','datatype':'INT8','shape':[1],'data':[NaN]}]}",
        "{'inputs':[{'name':'A','datatype':'FP16','shape':[1],'data':[1]}]}",
        "{'inputs':[{'name':'A','datatype':'int8','shape':[1],'data':[1]}]}",
        "{'inputs':[{'name':'A','datatype':'INT8','shape':[1],'data':[1]}],'inputs':[]}",
        "{'inputs':[{'name':'A','datatype':'INT8','shape':[1],'data':[1]}]} x",
        "{'id':1,'inputs':[{'name':'A','datatype':'INT8','shape':[1],'data':[1]}]}",
        "{'parameters':[],'inputs':[{'name':'A','datatype':'INT8','shape':[1],'data':[1]}]}",
        "{'parameters':{'a':{}},'inputs':[{'name':'A','datatype':'INT8','shape':[1],'data':[1]}]}",
        "{'parameters':{'triton_enable_empty_final_response':true},'inputs':[{'name':'A',"
            + "'datatype':'INT8','shape':[1],'data':[1]}]}",
        "{'inputs':[{'name':'A','datatype':'INT8','shape':[1],'data':[1]}],'outputs':[{}]}",
        "{'inputs':[{'name':'A','datatype':'INT8','shape':[1],'data':[1]}],'outputs':[{'name':'Z'}]}"
      })
  void refusesWhatIsNoInferenceRequest(String body) throws InterruptedException {
    FakeHttpCall call = rest.post(PATH, body);

    assertThat(call.status()).isEqualTo(400);
    assertThat(call.contentType()).isEqualTo("application/json");
    assertThat(json(call).at("/error").asText()).isNotEmpty();
  }

  @Test
  void refusesDataNestedTooDeeply() throws InterruptedException {
    String deep = "[".repeat(200) + "1" + "]".repeat(200);
    String fine = "[".repeat(90) + "1" + "]".repeat(90);
    String format = "{'inputs':[{'name':'A','datatype':'INT8','shape':[1],'data':%s}]}";

    assertThat(rest.post(PATH, format.formatted(deep)).status()).isEqualTo(400);
    assertThat(rest.post(PATH, format.formatted(fine)).status()).isEqualTo(200);
  }

  @Test
  void refusesJsonInAnotherEncoding() throws InterruptedException {
    byte[] body =
        "{\"inputs\":[{\"name\":\"A\",\"datatype\":\"INT8\",\"shape\":[1],\"data\":[1]}]}"
            .getBytes(StandardCharsets.UTF_16BE);

    assertThat(rest.handle(new FakeHttpCall("POST", PATH, body)).status()).isEqualTo(400);
  }

  @Test
  void namesTheOutputThatJsonCannotCarry() throws InterruptedException {
    FakeHttpCall call =
        rest.postBinary(
            PATH,
            "{'inputs':[{'name':'INPUT0','datatype':'FP16','shape':[1],"
                + "'parameters':{'binary_data_size':2}}]}",
            new byte[2]);

    assertThat(call.status()).isEqualTo(400);
    assertThat(json(call).at("/error").asText()).contains("OUTPUT0").contains("binary_data");
  }

  @ParameterizedTest
  @CsvSource({
    "/v2/models/other/infer,404",
    "/v2/models/identity/versions/2/infer,404",
    "/v2/models/identity/versions/x/infer,400"
  })
  void saysWhichModelIsUnknownBeforeItReadsTheBody(String path, int status)
      throws InterruptedException {
    assertThat(rest.post(path, "{").status()).isEqualTo(status);
  }
}
