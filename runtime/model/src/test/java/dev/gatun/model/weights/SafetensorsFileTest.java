package dev.gatun.model.weights;

import static dev.gatun.model.weights.SafetensorsBytes.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatun.model.ModelLoadException;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class SafetensorsFileTest {
  @TempDir private Path directory;

  private WeightFiles open(byte[] content) {
    return WeightFiles.open(
        SafetensorsBytes.write(directory, WeightFiles.SINGLE_FILE_NAME, content));
  }

  private void assertRefused(byte[] content, String... words) {
    assertThatThrownBy(() -> open(content))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("model.safetensors")
        .hasMessageContainingAll(words);
  }

  @Test
  void readsTensorsWhereTheHeaderPutsThem() {
    String header =
        "{\"__metadata__\":{\"format\":\"pt\"},"
            + entry("b", "I16", "[2]", 4, 8)
            + ","
            + entry("a", "U8", "[2,2]", 0, 4)
            + "}  ";

    try (WeightFiles files = open(SafetensorsBytes.of(header, 8))) {
      Tensor a = files.find("a").orElseThrow();
      Tensor b = files.find("b").orElseThrow();

      assertThat(a.dtype()).isEqualTo(DType.U8);
      assertThat(a.shape()).isEqualTo(Shape.of(2, 2));
      assertThat(a.data().toArray(ValueLayout.JAVA_BYTE)).containsExactly(0, 1, 2, 3);
      assertThat(b.data().toArray(ValueLayout.JAVA_BYTE)).containsExactly(4, 5, 6, 7);
      assertThat(files.find("__metadata__")).isEmpty();
      assertThat(files.mappedBytes()).isEqualTo(8 + header.length() + 8);
    }
  }

  @Test
  void acceptsNoTensorsScalarsZeroSizesAndHoles() {
    String header =
        "{%s,%s,%s,%s}"
            .formatted(
                entry("scalar", "F32", "[]", 0, 4),
                entry("empty", "F32", "[0,7]", 4, 4),
                entry("emptyAtEnd", "F64", "[3,0]", 16, 16),
                entry("behindHole", "U8", "[8]", 8, 16));

    try (WeightFiles none = open(SafetensorsBytes.of("{}", 0))) {
      assertThat(none.tensors()).isEmpty();
    }
    try (WeightFiles files = open(SafetensorsBytes.of(header, 16))) {
      assertThat(files.find("scalar").orElseThrow().shape().rank()).isZero();
      assertThat(files.find("empty").orElseThrow().data().byteSize()).isZero();
      assertThat(files.find("emptyAtEnd").orElseThrow().data().byteSize()).isZero();
      assertThat(files.find("behindHole").orElseThrow().data().get(ValueLayout.JAVA_BYTE, 0))
          .isEqualTo((byte) 8);
    }
  }

  @Test
  void readsEveryElementTypeByItsName() {
    for (DType dtype : DType.values()) {
      String header = "{" + entry("t", dtype.name(), "[3]", 0, 3L * dtype.bytes()) + "}";

      try (WeightFiles files = open(SafetensorsBytes.of(header, 3 * dtype.bytes()))) {
        assertThat(files.find("t").orElseThrow().dtype()).isEqualTo(dtype);
      }
    }
  }

  /** A sparse file: offsets beyond 2^31 must neither overflow nor wrap. */
  @Test
  void readsTensorsBehindTwoGibibytes() throws IOException {
    long far = 3L << 30;
    byte[] start = SafetensorsBytes.of("{" + entry("far", "U8", "[2]", far, far + 2) + "}", 0);
    Path file = directory.resolve(WeightFiles.SINGLE_FILE_NAME);
    try (FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.WRITE,
            StandardOpenOption.SPARSE)) {
      channel.write(ByteBuffer.wrap(start), 0);
      channel.write(ByteBuffer.wrap(new byte[] {42, 43}), start.length + far);
    }

    try (WeightFiles files = WeightFiles.open(directory)) {
      assertThat(files.find("far").orElseThrow().data().toArray(ValueLayout.JAVA_BYTE))
          .containsExactly(42, 43);
    }
  }

  @Test
  void refusesFilesTooShortForTheirHeader() {
    assertRefused(new byte[0], "0 bytes", "at least 8");
    assertRefused(new byte[7], "7 bytes");
    assertRefused(new byte[8], "header is not a JSON object");
    byte[] header = "{}".getBytes(StandardCharsets.UTF_8);
    assertRefused(SafetensorsBytes.of(3, header, 0), "header of 3 bytes", "with 2", "truncated");
    assertRefused(SafetensorsBytes.of(1, header, 0), "header is not valid");
  }

  @Test
  void refusesHugeHeaderLengths() {
    byte[] header = "{}".getBytes(StandardCharsets.UTF_8);

    assertRefused(SafetensorsBytes.of(100_000_001, header, 0), "100000001", "limit is 100000000");
    assertRefused(SafetensorsBytes.of(Long.MAX_VALUE, header, 0), "9223372036854775807");
    assertRefused(SafetensorsBytes.of(-1, header, 0), "18446744073709551615");
    assertRefused(SafetensorsBytes.of(100_000_000, header, 0), "truncated");
  }

  @Test
  void refusesHeadersThatAreNotUtf8() {
    byte[] badByte = {'{', '"', (byte) 0xff, '"', ':', '{', '}', '}'};
    assertRefused(SafetensorsBytes.of(badByte.length, badByte, 0), "not UTF-8");

    // Jackson left alone would take this for UTF-16 and accept it.
    byte[] utf16 = "{}".getBytes(StandardCharsets.UTF_16LE);
    assertRefused(SafetensorsBytes.of(utf16.length, utf16, 0), "header");
  }

  static Stream<Arguments> malformedHeaders() {
    String good = entry("a", "U8", "[4]", 0, 4);
    return Stream.of(
        Arguments.of("", "not a JSON object"),
        Arguments.of("[]", "not a JSON object"),
        Arguments.of("null", "not a JSON object"),
        Arguments.of("{" + good, "not valid"),
        Arguments.of("{" + good + "} {}", "text behind"),
        Arguments.of("{" + good + "," + entry("a", "U8", "[4]", 4, 8) + "}", "Duplicate field 'a'"),
        Arguments.of("{\"a\":1}", "'a' is not described"),
        Arguments.of("{\"__metadata__\":1}", "'__metadata__' is not described"),
        Arguments.of("{\"__metadata__\":{\"a\":[[[[[[[[[[]]]]]]]]]]}}", "depth"),
        Arguments.of("{\"a\":{}}", "'a': dtype, shape or data_offsets is missing"),
        Arguments.of("{\"a\":{\"dtype\":\"U8\",\"shape\":[4]}}", "is missing"),
        Arguments.of("{\"a\":{\"dtype\":8}}", "dtype is not a string"),
        Arguments.of("{\"a\":{\"shape\":4}}", "shape is not a list"),
        Arguments.of("{\"a\":{\"color\":4}}", "unknown field 'color'"),
        Arguments.of("{" + entry("a", "F8_E5M2", "[4]", 0, 4) + "}", "dtype 'F8_E5M2'"),
        Arguments.of("{" + entry("a", "u8", "[4]", 0, 4) + "}", "dtype 'u8'"),
        Arguments.of("{" + entry("a", "U8", "[1,1,1,1,1,1,1,1,4]", 0, 4) + "}", "more than 8"),
        Arguments.of("{" + entry("a", "U8", "[-4]", 0, 4) + "}", "holds -4"),
        Arguments.of("{" + entry("a", "U8", "[4.0]", 0, 4) + "}", "holds 4.0"),
        Arguments.of("{" + entry("a", "U8", "[\"4\"]", 0, 4) + "}", "holds 4"),
        Arguments.of("{" + entry("a", "U8", "[[4]]", 0, 4) + "}", "holds ["),
        Arguments.of("{" + entry("a", "U8", "[9223372036854775808]", 0, 4) + "}", "2^63-1"),
        Arguments.of("{" + entry("a", "U8", "[4294967296,4294967296]", 0, 4) + "}", "too many"),
        Arguments.of(
            "{" + entry("a", "F64", "[2305843009213693952]", 0, 4) + "}", "more than 2^63"),
        Arguments.of("{" + entry("a", "U8", "[4]", 4, 0) + "}", "[4, 0] do not lie"),
        Arguments.of("{" + entry("a", "U8", "[9]", 0, 9) + "}", "in the 8 bytes"),
        Arguments.of("{" + entry("a", "U8", "[4]", -4, 0) + "}", "holds -4"),
        Arguments.of("{" + entry("a", "U8", "[3]", 0, 4) + "}", "needs 3 bytes"),
        Arguments.of("{" + entry("a", "F32", "[4]", 0, 4) + "}", "needs 16 bytes"),
        Arguments.of(
            "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0]}}", "has 1 numbers"),
        Arguments.of(
            "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4,8]}}", "more than 2"),
        Arguments.of(
            "{" + good + "," + entry("b", "U8", "[4]", 3, 7) + "}", "'b' at [3, 7) overlaps 'a'"),
        Arguments.of("{" + good + "," + entry("b", "U8", "[4]", 0, 4) + "}", "overlaps"),
        Arguments.of(
            "{" + entry("c", "U8", "[8]", 0, 8) + "," + entry("b", "U8", "[2]", 2, 4) + "}",
            "overlaps 'c'"));
  }

  @ParameterizedTest
  @MethodSource("malformedHeaders")
  void refusesMalformedHeaders(String header, String words) {
    assertRefused(SafetensorsBytes.of(header, 8), words);
  }

  @Test
  void closingTwiceIsHarmlessAndEndsAccess() {
    WeightFiles files = open(SafetensorsBytes.of("{" + entry("a", "U8", "[4]", 0, 4) + "}", 4));
    Tensor tensor = files.find("a").orElseThrow();

    files.close();
    files.close();

    assertThatThrownBy(() -> tensor.data().get(ValueLayout.JAVA_BYTE, 0))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void namesTheDirectoryWithoutWeights() {
    assertThat(Files.exists(directory)).isTrue();
    assertThatThrownBy(() -> WeightFiles.open(directory))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("no weights in " + directory);
  }
}
