package dev.gatun.server.net;

import dev.gatun.server.http.HttpRefusal;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * What stands before the body of a request.
 *
 * @param method upper-case verb
 * @param path percent-encoded, starting with a slash
 * @param query raw, without the question mark
 * @param headers names in lower case; values of repeated headers joined by a comma
 */
record RequestHead(
    String method, String path, String query, Map<String, String> headers, String remoteAddress) {

  /**
   * Reads a request target in origin form or absolute form.
   *
   * @throws RefusedException if it is neither, or holds what would break a log line
   */
  static RequestHead of(
      String method,
      String target,
      Iterable<Map.Entry<CharSequence, CharSequence>> headers,
      String remoteAddress)
      throws RefusedException {
    if (target.chars().anyMatch(c -> c <= ' ' || c == 0x7f)) {
      throw new RefusedException(
          HttpRefusal.MALFORMED, "request target holds spaces or control characters");
    }
    String origin = originForm(target);
    int question = origin.indexOf('?');
    return new RequestHead(
        method,
        question < 0 ? origin : origin.substring(0, question),
        question < 0 ? "" : origin.substring(question + 1),
        joined(headers),
        remoteAddress);
  }

  private static String originForm(String target) throws RefusedException {
    if (target.startsWith("/")) {
      return target;
    }
    int scheme = target.indexOf("://");
    if (scheme < 0) {
      throw new RefusedException(HttpRefusal.MALFORMED, "request target must start with a slash");
    }
    int slash = target.indexOf('/', scheme + 3);
    return slash < 0 ? "/" : target.substring(slash);
  }

  private static Map<String, String> joined(
      Iterable<Map.Entry<CharSequence, CharSequence>> headers) {
    Map<String, String> joined = new HashMap<>();
    for (Map.Entry<CharSequence, CharSequence> header : headers) {
      String name = header.getKey().toString().toLowerCase(Locale.ROOT);
      joined.merge(name, header.getValue().toString(), (a, b) -> a + ", " + b);
    }
    return joined;
  }
}
