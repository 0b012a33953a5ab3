package dev.gatun.server.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.engine.api.ErrorCode;
import dev.gatun.engine.api.ServingException;
import org.junit.jupiter.api.Test;

final class ErrorBodyTest {

  @Test
  void openAiBodyNamesFieldAndStatus() {
    byte[] body = ErrorBody.OPENAI.render(ServingException.invalidField("top_p", "is \"2\""));

    assertThat(new String(body, UTF_8))
        .isEqualTo(
            "{\"error\":{\"message\":\"is \\\"2\\\"\",\"type\":\"BadRequestError\","
                + "\"param\":\"top_p\",\"code\":400}}");
  }

  @Test
  void openAiBodyHasNullParamWithoutField() {
    byte[] body = ErrorBody.OPENAI.render(new ServingException(ErrorCode.OVERLOADED, "full"));

    assertThat(new String(body, UTF_8))
        .isEqualTo(
            "{\"error\":{\"message\":\"full\",\"type\":\"ServiceUnavailableError\","
                + "\"param\":null,\"code\":503}}");
  }

  @Test
  void oipBodyIsTheMessageAlone() {
    byte[] body = ErrorBody.OIP.render(ServingException.invalidField("shape", "größer"));

    assertThat(new String(body, UTF_8)).isEqualTo("{\"error\":\"größer\"}");
  }
}
