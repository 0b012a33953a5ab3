package dev.gatun.model.weights;

import static dev.gatun.model.weights.SafetensorsBytes.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatun.model.ModelLoadException;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ShardedWeightsTest {
  @TempDir private Path directory;

  @BeforeEach
  void writeShards() {
    shard("s1.safetensors", entry("a", "U8", "[2]", 0, 2));
    shard("s2.safetensors", entry("b", "U8", "[2]", 2, 4) + "," + entry("a", "U8", "[2]", 0, 2));
  }

  private void shard(String name, String entries) {
    SafetensorsBytes.write(directory, name, SafetensorsBytes.of("{" + entries + "}", 4));
  }

  private WeightFiles open(String index) {
    return WeightFiles.open(
        SafetensorsBytes.write(
            directory, ShardIndex.FILE_NAME, index.getBytes(StandardCharsets.UTF_8)));
  }

  private void assertRefused(String index, String... words) {
    assertThatThrownBy(() -> open(index))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining(ShardIndex.FILE_NAME)
        .hasMessageContainingAll(words);
  }

  @Test
  void takesEachTensorFromTheShardThatTheIndexNames() {
    try (WeightFiles files =
        open(
            """
            {"metadata": {"total_size": 4},
             "weight_map": {"b": "s2.safetensors", "a": "s1.safetensors"}}\
            """)) {
      assertThat(files.tensors()).containsOnlyKeys("a", "b");
      assertThat(files.find("b").orElseThrow().data().get(ValueLayout.JAVA_BYTE, 0))
          .isEqualTo((byte) 2);
    }
  }

  @Test
  void leavesOutTensorsThatTheIndexDoesNotList() {
    try (WeightFiles files = open("{\"weight_map\": {\"a\": \"s2.safetensors\"}}")) {
      assertThat(files.tensors()).containsOnlyKeys("a");
    }
  }

  @Test
  void prefersTheSingleFile() {
    shard(WeightFiles.SINGLE_FILE_NAME, entry("single", "U8", "[4]", 0, 4));

    try (WeightFiles files = open("{\"weight_map\": {\"a\": \"s2.safetensors\"}}")) {
      assertThat(files.tensors()).containsOnlyKeys("single");
    }
  }

  @Test
  void refusesMissingShardsAndTensors() {
    assertRefused("{\"weight_map\": {\"a\": \"s3.safetensors\"}}", "s3.safetensors is missing");
    assertRefused("{\"weight_map\": {\"b\": \"s1.safetensors\"}}", "'b' in s1.safetensors");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "../s1.safetensors",
        "/etc/s1.safetensors",
        "sub/s1.safetensors",
        "..\\\\s1.safetensors",
        ".safetensors",
        "C:s1.safetensors",
        "s1.bin",
        "s1.safetensors\\u0000",
        "s1\\u0000.safetensors"
      })
  void refusesShardNamesThatCouldLeadElsewhere(String shard) {
    assertRefused("{\"weight_map\": {\"a\": \"" + shard + "\"}}", "not a plain file name");
  }

  @Test
  void refusesMalformedIndexes() {
    assertRefused("", "not a JSON object");
    assertRefused("[]", "not a JSON object");
    assertRefused("{}", "no weight_map");
    assertRefused("{\"weight_map\": {}}", "empty");
    assertRefused("{\"weight_map\": []}", "not a JSON object");
    assertRefused("{\"weight_map\": {\"a\": 1}}", "'a' has no shard file name");
    assertRefused("{\"weight_map\": {\"a\": \"s1.safetensors\"}", "not valid");
    assertRefused("{\"weight_map\": {\"a\": \"s1.safetensors\"}} 1", "text behind");
    assertRefused(
        "{\"weight_map\": {\"a\": \"s1.safetensors\", \"a\": \"s2.safetensors\"}}",
        "Duplicate field 'a'");
  }

  @Test
  void refusesAnIndexThatIsNotUtf8() {
    SafetensorsBytes.write(
        directory, ShardIndex.FILE_NAME, new byte[] {'{', '"', (byte) 0xc3, '"'});

    assertThatThrownBy(() -> WeightFiles.open(directory))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("not UTF-8");
  }

  @Test
  void namesTheMalformedShard() {
    SafetensorsBytes.write(directory, "s1.safetensors", new byte[3]);

    assertThatThrownBy(() -> open("{\"weight_map\": {\"a\": \"s1.safetensors\"}}"))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("s1.safetensors: 3 bytes");
  }
}
