package dev.gatun.server.oip.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonFactory;
import com.google.protobuf.ByteString;
import dev.gatun.engine.api.ErrorCode;
import dev.gatun.engine.api.ServingException;
import dev.gatun.proto.inference.InferTensorContents;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Both sides of every border of the three forms. */
final class TensorSourceTest {
  private static final String WHERE = "input 'X' for model 'm'";

  private static ByteString raw(int... bytes) {
    byte[] copy = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      copy[i] = (byte) bytes[i];
    }
    return ByteString.copyFrom(copy);
  }

  private static JsonSource json(String text) {
    byte[] body = ("[[" + text + "]]").getBytes(StandardCharsets.UTF_8);
    return new JsonSource(new JsonFactory(), body, 2, body.length - 4);
  }

  private static AbstractThrowableAssert<?, ? extends Throwable> refused(
      TensorSource source, Datatype datatype, long numElements) {
    return assertThatThrownBy(() -> source.read(WHERE, datatype, numElements))
        .isInstanceOfSatisfying(
            ServingException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT))
        .hasMessageContaining("'X'");
  }

  @Test
  void rawBytesMustFillTheShapeExactly() {
    assertThat(new RawSource(raw(1, 0, 0, 0)).read(WHERE, Datatype.INT32, 1)).hasSize(4);
    refused(new RawSource(raw(1, 0, 0, 0, 2)), Datatype.INT32, 1)
        .hasMessageContaining(
            "input byte size mismatch for input 'X' for model 'm'. Expected 4, got 5");
    refused(new RawSource(raw(1, 0, 0)), Datatype.INT32, 1).hasMessageContaining("got 3");
    refused(new RawSource(ByteString.EMPTY), Datatype.FP64, (1L << 61) + 1)
        .hasMessageContaining("exceed 64 bits");
  }

  /** As binary data over REST comes: a part of the body, behind its JSON. */
  @Test
  void elementsOfAPartOfABodyAreReadFromWhereThePartBegins() {
    ByteString body = raw('{', '}', ' ', 2, 0, 0, 0, 'h', 'i', 1, 0, 0, 0, '!', 7);
    InferTensor texts =
        new InferTensor("X", Datatype.BYTES, List.of(2L), body.substring(3, body.size() - 1));
    InferTensor numbers = new InferTensor("X", Datatype.INT32, List.of(1L), body.substring(3, 7));

    assertThat(ElementValues.of(texts)).containsExactly("hi", "!");
    assertThat(ElementValues.of(numbers)).containsExactly(2L);
  }

  @Test
  void rawStringsMustBeExactlyAsManyAsTheShapeSays() {
    RawSource two = new RawSource(raw(0, 0, 0, 0, 1, 0, 0, 0, 'a'));

    assertThat(two.read(WHERE, Datatype.BYTES, 2)).isEqualTo(two.data());
    refused(two, Datatype.BYTES, 1).hasMessageContaining("number of string elements 2");
    refused(two, Datatype.BYTES, 3).hasMessageContaining("number of string elements 2");
    refused(new RawSource(raw(1, 0, 0)), Datatype.BYTES, 1)
        .hasMessageContaining("incomplete string length indicator");
    refused(new RawSource(raw(2, 0, 0, 0, 'a')), Datatype.BYTES, 1)
        .hasMessageContaining("incomplete string data");
    refused(new RawSource(raw(255, 255, 255, 255, 'a')), Datatype.BYTES, 1)
        .hasMessageContaining("4294967295");
  }

  @ParameterizedTest
  @CsvSource({
    "UINT8,255,256",
    "UINT16,65535,65536",
    "INT8,127,128",
    "INT8,-128,-129",
    "INT16,32767,32768",
    "INT16,-32768,-32769",
    "INT32,2147483647,2147483648",
    "UINT32,4294967295,4294967296",
    "UINT32,0,-1",
    "INT64,-9223372036854775808,-9223372036854775809",
    "UINT64,18446744073709551615,18446744073709551616",
    "UINT64,0,-1",
    "FP32,3.4e38,3.5e38",
    "FP64,1.7e308,1.8e308"
  })
  void jsonNumbersMustFitTheDatatype(Datatype datatype, String fits, String tooMuch) {
    assertThat(json("[" + fits + "]").read(WHERE, datatype, 1)).hasSize(datatype.elementBytes());
    refused(json("[" + tooMuch + "]"), datatype, 1).hasMessageContaining(tooMuch);
  }

  @Test
  void smallIntegersInTypedContentsMustFitTheDatatype() {
    InferTensorContents high = InferTensorContents.newBuilder().addUintContents(256).build();
    InferTensorContents low = InferTensorContents.newBuilder().addIntContents(-129).build();

    assertThat(new TypedSource(high).read(WHERE, Datatype.UINT16, 1)).isEqualTo(raw(0, 1));
    refused(new TypedSource(high), Datatype.UINT8, 1).hasMessageContaining("256");
    assertThat(new TypedSource(low).read(WHERE, Datatype.INT16, 1)).isEqualTo(raw(0x7F, 0xFF));
    refused(new TypedSource(low), Datatype.INT8, 1).hasMessageContaining("-129");
  }

  @Test
  void typedContentsMustBeInTheFieldOfTheDatatypeAndComplete() {
    InferTensorContents ints =
        InferTensorContents.newBuilder().addIntContents(1).addIntContents(2).build();

    assertThat(new TypedSource(ints).read(WHERE, Datatype.INT8, 2)).isEqualTo(raw(1, 2));
    refused(new TypedSource(ints), Datatype.INT32, 3).hasMessageContaining("Expected 12, got 8");
    refused(new TypedSource(ints), Datatype.INT64, 2).hasMessageContaining("other types");
    refused(new TypedSource(ints), Datatype.FP16, 2).hasMessageContaining("raw");
    refused(
            new TypedSource(
                InferTensorContents.newBuilder().addBytesContents(ByteString.EMPTY).build()),
            Datatype.BYTES,
            2)
        .hasMessageContaining("number of string elements 1");
  }

  @Test
  void jsonNestsInAnyWay() {
    assertThat(json("[[1,[2]],[[],3],4]").read(WHERE, Datatype.UINT8, 4))
        .isEqualTo(raw(1, 2, 3, 4));
    assertThat(json("[]").read(WHERE, Datatype.FP64, 0)).isEmpty();
    assertThat(json("[true,[false]]").read(WHERE, Datatype.BOOL, 2)).isEqualTo(raw(1, 0));
    assertThat(json("[\"\\u00e9\"]").read(WHERE, Datatype.BYTES, 1))
        .isEqualTo(raw(2, 0, 0, 0, 0xC3, 0xA9));
  }

  @Test
  void jsonOfTheWrongKindOrCountIsRefused() {
    refused(json("[1]"), Datatype.FP16, 1).hasMessageContaining("binary");
    refused(json("[1]"), Datatype.BF16, 1).hasMessageContaining("binary");
    refused(json("[1]"), Datatype.BOOL, 1).hasMessageContaining("integer");
    refused(json("[1.5]"), Datatype.INT32, 1).hasMessageContaining("number");
    refused(json("[\"1\"]"), Datatype.FP32, 1).hasMessageContaining("string");
    refused(json("[1]"), Datatype.BYTES, 1).hasMessageContaining("integer");
    refused(json("[null]"), Datatype.BYTES, 1).hasMessageContaining("null");
    refused(json("[{\"a\":1}]"), Datatype.INT32, 1).hasMessageContaining("object");
    refused(json("[\"\\ud800\"]"), Datatype.BYTES, 1).hasMessageContaining("surrogate");
    refused(json("[1,2]"), Datatype.INT32, 1).hasMessageContaining("elements 2");
    refused(json("[1]"), Datatype.INT32, 2).hasMessageContaining("elements 1");
    refused(json("[1,]"), Datatype.INT32, 2);
    refused(json("[]"), Datatype.FP64, JsonSource.MAX_TENSOR_BYTES / 8 + 1)
        .hasMessageContaining("binary");
  }

  @Test
  void shapesAreMultipliedWithoutOverflow() {
    assertThat(Shapes.numElements(List.of(), WHERE)).isEqualTo(1);
    assertThat(Shapes.numElements(List.of(2L, 0L, 3L), WHERE)).isZero();
    assertThat(Shapes.numElements(List.of(1L << 62, 1L), WHERE)).isEqualTo(1L << 62);
    assertThatThrownBy(() -> Shapes.numElements(List.of(1L << 4, (1L << 60) + 2), WHERE))
        .hasMessageContaining("64 bits");
    assertThatThrownBy(() -> Shapes.numElements(List.of(0L, -1L), WHERE))
        .hasMessageContaining("negative");
  }
}
