package dev.gatun.server.oip.rest;

import static dev.gatun.server.oip.rest.RestFixture.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.server.testing.FakeHttpCall;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Damaged requests are answered or refused; a client's mistake is never our failure. */
final class HostileBodiesTest {
  private static final int NUM_CASES = 4_000;

  private static final List<String> INFER =
      List.of(
          "{'id':'7','parameters':{'a':1},'inputs':[{'name':'INPUT0','datatype':'INT32',"
              + "'shape':[2,1],'data':[[1],[2]]}],'outputs':[{'name':'OUTPUT0'}]}",
          "{'inputs':[{'name':'INPUT0','shape':[1],'datatype':'BYTES','data':['\\u00e9']}]}",
          "{'inputs':[{'name':'A','shape':[1],'datatype':'FP64','data':[1e3]}]}");

  private static final List<String> GENERATE =
      List.of(
          "{'id':'7','text_input':'Hi','parameters':{'temperature':0.5,'stop':['x']},'n':2}",
          "{'text_input':'Hi','sampling_parameters':'{}','return_logprobs':true}");

  private final RestFixture rest = new RestFixture();

  private final Random random = seeded();

  private static Random seeded() {
    long seed = Long.getLong("gatun.seed", System.nanoTime());
    System.out.println("HostileBodiesTest -Dgatun.seed=" + seed);
    return new Random(seed);
  }

  private byte[] damaged(List<String> bodies) {
    byte[] body =
        bodies
            .get(random.nextInt(bodies.size()))
            .replace('\'', '"')
            .getBytes(StandardCharsets.UTF_8);
    int numEdits = random.nextInt(4);
    byte[] interesting = "{}[],:\"-0192eE.xtfn\\\0".getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < numEdits; i++) {
      body[random.nextInt(body.length)] =
          random.nextInt(4) == 0
              ? (byte) random.nextInt(256)
              : interesting[random.nextInt(interesting.length)];
    }
    int length = random.nextInt(8) == 0 ? random.nextInt(body.length) : body.length;
    return Arrays.copyOf(body, length);
  }

  private void check(FakeHttpCall call) throws InterruptedException {
    rest.handle(call);

    assertThat(call.status()).as(call.text()).isIn(200, 400, 501);
    if (call.status() != 200) {
      assertThat(json(call).at("/error").asText()).isNotEmpty();
    }
  }

  @Test
  void inferenceRequests() throws InterruptedException {
    for (int i = 0; i < NUM_CASES; i++) {
      check(new FakeHttpCall("POST", "/v2/models/identity/infer", damaged(INFER)));
    }
  }

  @Test
  void inferenceRequestsWithBinaryData() throws InterruptedException {
    for (int i = 0; i < NUM_CASES; i++) {
      byte[] body = damaged(INFER);
      check(
          new FakeHttpCall("POST", "/v2/models/identity/infer", body)
              .with(
                  InferBody.LENGTH_HEADER,
                  Integer.toString(Math.max(0, body.length - random.nextInt(4)))));
    }
  }

  @Test
  void generateRequests() throws InterruptedException {
    for (int i = 0; i < NUM_CASES / 4; i++) {
      check(new FakeHttpCall("POST", "/v2/models/tiny/generate", damaged(GENERATE)));
      check(new FakeHttpCall("POST", "/v2/models/tiny/generate_stream", damaged(GENERATE)));
    }
  }
}
