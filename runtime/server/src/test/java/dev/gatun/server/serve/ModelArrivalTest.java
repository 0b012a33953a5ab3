package dev.gatun.server.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelArrivalTest {
  private long nanos;
  private int numPauses;

  /** Each pause is a minute long. */
  private void pause() {
    nanos += 60_000_000_000L;
    numPauses++;
  }

  @Test
  void waitsForALinkThatComesLater(@TempDir Path dir) throws IOException {
    Path files = Files.createDirectory(dir.resolve("modelcar"));
    Files.writeString(files.resolve("config.json"), "{}");
    Path link = dir.resolve("models");
    Runnable linkingInTheThird =
        () -> {
          pause();
          if (numPauses == 3) {
            link(link, files);
          }
        };

    new ModelArrival(true, () -> nanos, linkingInTheThird).await(link);

    assertThat(numPauses).isEqualTo(3);
  }

  private static void link(Path link, Path target) {
    try {
      Files.createSymbolicLink(link, target);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void saysWhatDidNotComeInTime(@TempDir Path dir) {
    ModelArrival arrival = new ModelArrival(true, () -> nanos, this::pause);

    assertThatThrownBy(() -> arrival.await(dir.resolve("models")))
        .isInstanceOf(StartException.class)
        .hasMessageContaining("models has no config.json after 600 s")
        .hasMessageContaining("modelcar");
    assertThat(numPauses).isEqualTo(11);
  }

  @Test
  void waitsOnlyWhereKServeSaysThatTheModelComesLater(@TempDir Path dir) {
    assertThatCode(() -> ModelArrival.of(Map.of()).await(dir)).doesNotThrowAnyException();
    assertThatCode(() -> ModelArrival.of(Map.of("MODEL_INIT_MODE", "sync")).await(dir))
        .doesNotThrowAnyException();
  }
}
