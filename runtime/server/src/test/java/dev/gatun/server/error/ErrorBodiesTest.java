package dev.gatun.server.error;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.engine.api.ErrorCode;
import dev.gatun.engine.api.ServingException;
import org.junit.jupiter.api.Test;

final class ErrorBodiesTest {

  @Test
  void openAiBodyNamesFieldAndStatus() {
    byte[] body = ErrorBodies.openAi(ServingException.invalidField("top_p", "top_p is \"2\""));

    assertThat(new String(body, UTF_8))
        .isEqualTo(
            "{\"error\":{\"message\":\"top_p is \\\"2\\\"\",\"type\":\"BadRequestError\","
                + "\"param\":\"top_p\",\"code\":400}}");
  }

  @Test
  void openAiBodyHasNullParamWithoutField() {
    byte[] body = ErrorBodies.openAi(new ServingException(ErrorCode.OVERLOADED, "full"));

    assertThat(new String(body, UTF_8))
        .isEqualTo(
            "{\"error\":{\"message\":\"full\",\"type\":\"ServiceUnavailableError\","
                + "\"param\":null,\"code\":503}}");
  }

  @Test
  void oipBodyIsTheMessageAlone() {
    byte[] body = ErrorBodies.oip(ServingException.invalid("größer"));

    assertThat(new String(body, UTF_8)).isEqualTo("{\"error\":\"größer\"}");
  }
}
