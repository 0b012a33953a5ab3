package dev.gatun.model.golden;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/**
 * The goldens.json of a causal model.
 *
 * @param embeddings empty for most models
 */
public record Goldens(
    String model, int[] eosTokenIds, List<GoldenPrompt> prompts, List<GoldenEmbedding> embeddings) {

  /** Reads the file of a model directory. */
  public static Goldens read(Path directory) {
    try {
      JsonNode root = new JsonMapper().readTree(directory.resolve("goldens.json").toFile());
      List<GoldenPrompt> prompts = new ArrayList<>();
      root.get("prompts").forEach(prompt -> prompts.add(prompt(prompt)));
      List<GoldenEmbedding> embeddings = new ArrayList<>();
      root.path("embeddings").forEach(embedding -> embeddings.add(embedding(embedding)));
      return new Goldens(
          root.get("model").asText(), ints(root.get("eos_token_ids")), prompts, embeddings);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static GoldenPrompt prompt(JsonNode prompt) {
    List<GoldenPrompt.Top> top = new ArrayList<>();
    for (JsonNode at : prompt.get("top")) {
      top.add(
          new GoldenPrompt.Top(
              at.get("pos").asInt(), ints(at.get("ids")), doubles(at.get("logits"))));
    }
    JsonNode greedy = prompt.get("greedy");
    return new GoldenPrompt(
        prompt.get("id").asText(),
        Optional.ofNullable(prompt.get("text")).map(JsonNode::asText),
        ints(prompt.get("ids")),
        prompt.get("logit_abs_max").asDouble(),
        top,
        floats(prompt.get("full_logits").get("base64")),
        doubles(prompt.get("prompt_logprobs")),
        new GoldenPrompt.Greedy(
            ints(greedy.get("ids")),
            doubles(greedy.get("logprobs")),
            greedy.get("compare_until").asInt(),
            greedy.get("text").asText()));
  }

  private static GoldenEmbedding embedding(JsonNode embedding) {
    return new GoldenEmbedding(
        ints(embedding.get("ids")),
        floats(embedding.get("raw")),
        floats(embedding.get("normalized")));
  }

  private static int[] ints(JsonNode list) {
    int[] values = new int[list.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = list.get(i).asInt();
    }
    return values;
  }

  private static double[] doubles(JsonNode list) {
    double[] values = new double[list.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = list.get(i).isNull() ? Double.NaN : list.get(i).asDouble();
    }
    return values;
  }

  private static float[] floats(JsonNode base64) {
    ByteBuffer bytes =
        ByteBuffer.wrap(Base64.getDecoder().decode(base64.asText())).order(ByteOrder.LITTLE_ENDIAN);
    float[] values = new float[bytes.remaining() / Float.BYTES];
    bytes.asFloatBuffer().get(values);
    return values;
  }
}
