package dev.gatun.model.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatun.model.ModelLoadException;
import dev.gatun.model.config.ConfigDefaults.WindowRule;
import java.util.List;
import org.junit.jupiter.api.Test;

final class LayerWindowsTest {
  private static List<Integer> read(String config, WindowRule rule) {
    return LayerWindows.read(ConfigFile.parse(config).fields(), 3, rule);
  }

  @Test
  void ruleNoneIgnoresTheField() {
    assertThat(read("{\"sliding_window\": 24}", WindowRule.NONE)).containsExactly(0, 0, 0);
  }

  @Test
  void everyLayerTakesTheWindowUnlessItIsNull() {
    WindowRule rule = WindowRule.EVERY_LAYER;

    assertThat(read("{\"sliding_window\": 24}", rule)).containsExactly(24, 24, 24);
    assertThat(read("{\"sliding_window\": 24, \"max_window_layers\": 2}", rule))
        .containsExactly(24, 24, 24);
    assertThat(read("{\"sliding_window\": null}", rule)).containsExactly(0, 0, 0);
    assertThat(read("{}", rule)).containsExactly(4096, 4096, 4096);
  }

  @Test
  void switchedWindowStartsAtMaxWindowLayers() {
    WindowRule rule = WindowRule.SWITCHED;
    String on = "\"use_sliding_window\": true, \"sliding_window\": 24";

    assertThat(read("{\"sliding_window\": 24, \"max_window_layers\": 0}", rule))
        .containsExactly(0, 0, 0);
    assertThat(read("{" + on + ", \"max_window_layers\": 2}", rule)).containsExactly(0, 0, 24);
    assertThat(read("{" + on + ", \"max_window_layers\": 0}", rule)).containsExactly(24, 24, 24);
    assertThat(read("{" + on + "}", rule)).containsExactly(0, 0, 0);
  }

  @Test
  void layerTypesWin() {
    assertThat(
            read(
                """
                {"use_sliding_window": true, "sliding_window": 24, "max_window_layers": 0,
                 "layer_types": ["full_attention", "sliding_attention", "full_attention"]}\
                """,
                WindowRule.SWITCHED))
        .containsExactly(0, 24, 0);
  }

  @Test
  void refusesLayerTypesThatDoNotFit() {
    assertRefused("[\"full_attention\"]", "num_hidden_layers 3");
    assertRefused("\"full_attention\"", "layer_types is \"full_attention\"");
    assertRefused("[\"full_attention\", \"full_attention\", \"chunked_attention\"]", "chunked");
    assertRefused(
        "[\"full_attention\", \"full_attention\", \"sliding_attention\"]", "no sliding window");
  }

  private static void assertRefused(String layerTypes, String words) {
    assertThatThrownBy(() -> read("{\"layer_types\": " + layerTypes + "}", WindowRule.SWITCHED))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining(words);
  }

  @Test
  void refusesWindowsBelowOne() {
    assertThatThrownBy(() -> read("{\"sliding_window\": 0}", WindowRule.EVERY_LAYER))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("sliding_window is 0");
    assertThat(read("{\"sliding_window\": 1}", WindowRule.EVERY_LAYER)).containsExactly(1, 1, 1);
  }
}
