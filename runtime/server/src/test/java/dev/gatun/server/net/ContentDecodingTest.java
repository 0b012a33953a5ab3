package dev.gatun.server.net;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.gatun.server.http.HttpRefusal;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class ContentDecodingTest {
  private static final byte[] TEXT = "some text ".repeat(500).getBytes(UTF_8);

  private static byte[] decode(@Nullable String encoding, byte[] body) throws RefusedException {
    return ContentDecoding.decode(encoding, body, TEXT.length, new ByteBudget(1 << 20).lease());
  }

  private static byte[] deflate(boolean raw) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (var out = new DeflaterOutputStream(packed, new Deflater(9, raw))) {
      out.write(TEXT);
    }
    return packed.toByteArray();
  }

  @Test
  void leavesPlainBodiesAlone() throws RefusedException {
    assertThat(decode(null, TEXT)).isSameAs(TEXT);
    assertThat(decode("identity", TEXT)).isSameAs(TEXT);
  }

  @Test
  void readsDeflateWithAndWithoutItsHeader() throws Exception {
    assertThat(decode("deflate", deflate(false))).isEqualTo(TEXT);
    assertThat(decode("deflate", deflate(true))).isEqualTo(TEXT);
  }

  @Test
  void refusesCutOffData() throws IOException {
    byte[] packed = deflate(false);

    RefusedException refused =
        catchThrowableOfType(
            RefusedException.class,
            () -> decode("deflate", Arrays.copyOf(packed, packed.length / 2)));

    assertThat(refused.refusal()).isEqualTo(HttpRefusal.MALFORMED);
  }

  @Test
  void refusesStackedEncodings() {
    RefusedException refused =
        catchThrowableOfType(RefusedException.class, () -> decode("gzip, gzip", TEXT));

    assertThat(refused.refusal()).isEqualTo(HttpRefusal.UNKNOWN_CONTENT_ENCODING);
  }

  @Test
  void paysForWhatItUnpacks() throws IOException {
    byte[] packed = deflate(false);
    ByteBudget budget = new ByteBudget(TEXT.length - 1);

    assertThatThrownBy(() -> ContentDecoding.decode("deflate", packed, TEXT.length, budget.lease()))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("in memory");
  }
}
