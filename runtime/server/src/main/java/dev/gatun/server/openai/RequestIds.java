package dev.gatun.server.openai;

import dev.gatun.engine.api.ServingException;
import dev.gatun.server.http.HttpCall;
import java.util.UUID;
import java.util.regex.Pattern;

/** The id of a request: the client's where it is fit for logs, else a random one. */
final class RequestIds {
  private static final Pattern FIT = Pattern.compile("[A-Za-z0-9._:-]{1,128}");

  private RequestIds() {}

  /**
   * Header {@code X-Request-Id}, else {@code request_id} of the body, else random. A header that is
   * not fit is passed over, since proxies add it; a field that is not fit is the client's error.
   */
  static String of(HttpCall call, JsonBody body) {
    String header = call.header("x-request-id");
    if (header != null && isFit(header)) {
      return header;
    }
    String field = body.text("request_id").orElse(null);
    if (field == null) {
      return UUID.randomUUID().toString().replace("-", "");
    }
    if (!isFit(field)) {
      throw ServingException.invalidField(
          "request_id", "request_id must be 1 to 128 of the characters A-Z a-z 0-9 . _ : -");
    }
    return field;
  }

  private static boolean isFit(String id) {
    return FIT.matcher(id).matches();
  }
}
