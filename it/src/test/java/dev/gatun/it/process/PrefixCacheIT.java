package dev.gatun.it.process;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.gatun.it.Checkout;
import org.junit.jupiter.api.Test;

/** The prefix cache as a client sees it: counted, never in the text, forgotten when asked. */
class PrefixCacheIT {
  private static final String MODEL = "tiny-llama3";
  private static final int PROMPT_TOKENS = 100;

  private static ArrayNode prompt(int lastToken) {
    ArrayNode ids = Clients.JSON.createArrayNode();
    for (int i = 1; i < PROMPT_TOKENS; i++) {
      ids.add(4 + i * 7 % 500);
    }
    return ids.add(lastToken);
  }

  private static JsonNode complete(Clients clients, int lastToken) throws InterruptedException {
    return clients.call("/v1/completions", clients.completionBody(prompt(lastToken), 20));
  }

  private static int cached(JsonNode answer) {
    return answer.at("/usage/prompt_tokens_details/cached_tokens").asInt(-1);
  }

  @Test
  void sharedPrefixesAreCachedCountedAndForgotten() throws Exception {
    try (ServerProcess server = ServerProcess.serve(Checkout.tinyModel(MODEL));
        Clients clients = new Clients(server, MODEL)) {
      JsonNode first = complete(clients, 5);
      JsonNode again = complete(clients, 5);
      JsonNode other = complete(clients, 6);

      assertThat(cached(first)).isZero();
      // Six full blocks of 16 tokens; the last token is always computed.
      assertThat(cached(again)).isEqualTo(96);
      assertThat(cached(other)).isEqualTo(96);
      assertThat(again.at("/choices/0/text")).isEqualTo(first.at("/choices/0/text"));
      assertThat(ConcurrentStreamsIT.gauge(clients, "vllm:prefix_cache_hits_total")).isEqualTo(192);

      assertThat(clients.post("/reset_prefix_cache", "").statusCode()).isEqualTo(200);
      JsonNode fresh = complete(clients, 6);
      assertThat(cached(fresh)).isZero();
      assertThat(fresh.at("/choices/0/text")).isEqualTo(other.at("/choices/0/text"));
    }
  }

  @Test
  void tenantsWithDifferentSaltsShareNothing() throws Exception {
    try (ServerProcess server = ServerProcess.serve(Checkout.tinyModel(MODEL));
        Clients clients = new Clients(server, MODEL)) {
      JsonNode unsalted = complete(clients, 5);
      JsonNode red = salted(clients, "red");
      JsonNode blue = salted(clients, "blue");
      JsonNode redAgain = salted(clients, "red");

      assertThat(cached(red)).isZero();
      assertThat(cached(blue)).isZero();
      assertThat(cached(redAgain)).isEqualTo(96);
      assertThat(redAgain.at("/choices/0/text")).isEqualTo(unsalted.at("/choices/0/text"));
    }
  }

  private static JsonNode salted(Clients clients, String salt) throws InterruptedException {
    return clients.call(
        "/v1/completions", clients.completionBody(prompt(5), 20).put("cache_salt", salt));
  }

  @Test
  void itCanBeSwitchedOff() throws Exception {
    try (ServerProcess server =
            ServerProcess.serve(Checkout.tinyModel(MODEL), "--no-enable-prefix-caching");
        Clients clients = new Clients(server, MODEL)) {
      JsonNode first = complete(clients, 5);
      JsonNode again = complete(clients, 5);

      assertThat(cached(again)).isZero();
      assertThat(again.at("/choices/0/text")).isEqualTo(first.at("/choices/0/text"));
    }
  }
}
