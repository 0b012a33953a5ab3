package dev.gatun.server.oip.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.google.protobuf.ByteString;
import dev.gatun.engine.api.ServingException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What goes through a form comes back byte for byte. */
final class TensorFormsTest {
  private static final int NUM_CASES = 200;
  private static final JsonFactory JSON = new JsonFactory();

  private static RandomGenerator seeded(String what) {
    long seed = Long.getLong("gatun.seed", System.nanoTime());
    System.out.println("TensorFormsTest " + what + " -Dgatun.seed=" + seed);
    return new Random(seed);
  }

  @ParameterizedTest
  @EnumSource(Datatype.class)
  void rawComesBackAsItWas(Datatype datatype) {
    RandomGenerator random = seeded("raw " + datatype);
    for (int i = 0; i < NUM_CASES; i++) {
      InferTensor tensor = RandomTensors.tensor("X", datatype, random);

      assertThat(new RawSource(tensor.data()).read("X", datatype, tensor.numElements()))
          .isEqualTo(tensor.data());
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Datatype.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = {"FP16", "BF16"})
  void typedComesBackAsItWas(Datatype datatype) {
    RandomGenerator random = seeded("typed " + datatype);
    for (int i = 0; i < NUM_CASES; i++) {
      InferTensor tensor = RandomTensors.tensor("X", datatype, random);

      TypedSource typed = new TypedSource(TypedContents.of(tensor));

      assertThat(typed.read("X", datatype, tensor.numElements())).isEqualTo(tensor.data());
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Datatype.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = {"FP16", "BF16"})
  void jsonComesBackAsItWas(Datatype datatype) throws IOException {
    RandomGenerator random = seeded("json " + datatype);
    for (int i = 0; i < NUM_CASES; i++) {
      InferTensor tensor = RandomTensors.sayable("X", datatype, random);

      byte[] json = json(tensor);

      assertThat(
              new JsonSource(JSON, json, 0, json.length).read("X", datatype, tensor.numElements()))
          .isEqualTo(tensor.data());
    }
  }

  /** Any bytes at all are either exactly the elements or refused with words; nothing else. */
  @Test
  void hostileBytesAreReadOrRefused() {
    RandomGenerator random = seeded("hostile");
    int numRefused = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = new byte[random.nextInt(24)];
      random.nextBytes(bytes);
      for (int j = 0; j < bytes.length; j++) {
        bytes[j] = random.nextInt(3) == 0 ? bytes[j] : (byte) random.nextInt(4);
      }
      try {
        new RawSource(ByteString.copyFrom(bytes)).read("X", Datatype.BYTES, random.nextInt(4));
      } catch (ServingException e) {
        numRefused++;
        assertThat(e).hasMessageContaining("X");
      }
    }
    assertThat(numRefused).isGreaterThan(1000);
  }

  @Test
  void jsonNamesTheTensorWhoseValueItCannotSay() {
    for (InferTensor tensor :
        new InferTensor[] {
          InferTensor.ofFp32("Y", Float.NaN),
          InferTensor.ofFp32("Y", Float.NEGATIVE_INFINITY),
          new InferTensor("Y", Datatype.FP16, List.of(), ByteString.copyFrom(new byte[2]))
        }) {
      assertThatThrownBy(() -> json(tensor))
          .isInstanceOf(ServingException.class)
          .hasMessageContaining("'Y'")
          .hasMessageContaining("binary_data");
    }
  }

  private static byte[] json(InferTensor tensor) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (JsonGenerator generator = JSON.createGenerator(out)) {
      generator.writeStartArray();
      JsonData.write(tensor, generator);
      generator.writeEndArray();
    }
    assertThat(out.toString(StandardCharsets.UTF_8)).startsWith("[").endsWith("]");
    return out.toByteArray();
  }
}
