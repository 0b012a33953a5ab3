package dev.gatun.server.http;

/** Refusals that only HTTP knows, beside those of {@link dev.gatun.server.error.ErrorTable}. */
public enum HttpRefusal {
  MALFORMED(400, "BadRequestError"),
  NO_ROUTE(404, "NotFoundError"),
  WRONG_METHOD(405, "MethodNotAllowedError"),
  BODY_TOO_LARGE(413, "RequestTooLargeError"),
  URI_TOO_LONG(414, "UriTooLongError"),
  UNKNOWN_CONTENT_ENCODING(415, "UnsupportedMediaTypeError"),
  UNKNOWN_EXPECTATION(417, "ExpectationFailedError"),
  HEADERS_TOO_LARGE(431, "HeadersTooLargeError"),
  UNKNOWN_TRANSFER_ENCODING(501, "NotImplementedError"),
  TOO_MANY_CALLS(503, "ServiceUnavailableError"),
  UNKNOWN_VERSION(505, "HttpVersionNotSupportedError");

  private final int status;
  private final String openAiType;

  HttpRefusal(int status, String openAiType) {
    this.status = status;
    this.openAiType = openAiType;
  }

  public int status() {
    return status;
  }

  /** Value of {@code error.type} in OpenAI bodies. */
  public String openAiType() {
    return openAiType;
  }
}
