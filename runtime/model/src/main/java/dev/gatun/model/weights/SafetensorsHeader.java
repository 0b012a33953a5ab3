package dev.gatun.model.weights;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.gatun.model.ModelLoadException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Reads the JSON header of a safetensors file:
 *
 * <pre>
 *   {"__metadata__": {"format": "pt"},
 *    "name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, ...}
 * </pre>
 *
 * <p>Streamed, because a header may have 100 MB. Bytes that no tensor covers are accepted; two
 * tensors over the same bytes are not, as the format forbids them.
 */
final class SafetensorsHeader {
  /** The limit of the format's own reference implementation. */
  static final long MAX_HEADER_BYTES = 100_000_000;

  /** A checkpoint with one tensor per expert has some 100 000. */
  static final int MAX_TENSORS = 500_000;

  private static final int MAX_DEPTH = 8;
  private static final int MAX_NAME_CHARS = 4096;

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          // Names come from outside and differ between models: interning would keep them for ever.
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_DEPTH)
                  .maxNameLength(MAX_NAME_CHARS)
                  .maxNumberLength(32)
                  .maxStringLength((int) MAX_HEADER_BYTES)
                  .build())
          .build();

  private final String file;
  private final long dataBytes;
  private final List<TensorEntry> entries = new ArrayList<>();

  private SafetensorsHeader(String file, long dataBytes) {
    this.file = file;
    this.dataBytes = dataBytes;
  }

  /**
   * Parses and checks a header.
   *
   * @param file named in messages
   * @param json the header without its length
   * @param dataBytes bytes of the file behind the header
   * @return the tensors in the order of their data
   * @throws ModelLoadException naming file, tensor, value and limit
   */
  static List<TensorEntry> parse(String file, ByteBuffer json, long dataBytes) {
    SafetensorsHeader header = new SafetensorsHeader(file, dataBytes);
    try (JsonParser parser = JSON.createParser(Utf8.reader(new ByteBufferInput(json)))) {
      header.readTensors(parser);
    } catch (JsonProcessingException e) {
      throw new ModelLoadException(file + ": header is not valid: " + e.getOriginalMessage(), e);
    } catch (CharacterCodingException e) {
      throw new ModelLoadException(file + ": header is not UTF-8", e);
    } catch (IOException e) {
      throw new ModelLoadException(file + ": header cannot be read: " + e.getMessage(), e);
    }
    header.checkOverlaps();
    return header.entries;
  }

  private void readTensors(JsonParser parser) throws IOException {
    require(parser.nextToken() == JsonToken.START_OBJECT, "header is not a JSON object");
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      require(
          parser.nextToken() == JsonToken.START_OBJECT,
          "tensor '" + name + "' is not described by a JSON object");
      if (name.equals("__metadata__")) {
        parser.skipChildren();
        continue;
      }
      require(entries.size() < MAX_TENSORS, "more than " + MAX_TENSORS + " tensors");
      entries.add(new TensorEntryReader(file, name, dataBytes).read(parser));
    }
    require(parser.nextToken() == null, "text behind the JSON header");
  }

  private void checkOverlaps() {
    entries.sort(Comparator.comparingLong(TensorEntry::begin).thenComparingLong(TensorEntry::end));
    for (int i = 1; i < entries.size(); i++) {
      TensorEntry before = entries.get(i - 1);
      TensorEntry entry = entries.get(i);
      require(
          entry.begin() >= before.end(),
          "tensor '%s' at [%d, %d) overlaps '%s' at [%d, %d)"
              .formatted(
                  entry.name(),
                  entry.begin(),
                  entry.end(),
                  before.name(),
                  before.begin(),
                  before.end()));
    }
  }

  private void require(boolean condition, String message) {
    if (!condition) {
      throw new ModelLoadException(file + ": " + message);
    }
  }

  /** Reads a buffer from its position to its limit. */
  private static final class ByteBufferInput extends InputStream {
    private final ByteBuffer buffer;

    ByteBufferInput(ByteBuffer buffer) {
      this.buffer = buffer;
    }

    @Override
    public int read() {
      return buffer.hasRemaining() ? buffer.get() & 0xff : -1;
    }

    @Override
    public int read(byte[] out, int offset, int length) {
      if (!buffer.hasRemaining()) {
        return -1;
      }
      int count = Math.min(length, buffer.remaining());
      buffer.get(out, offset, count);
      return count;
    }
  }
}
