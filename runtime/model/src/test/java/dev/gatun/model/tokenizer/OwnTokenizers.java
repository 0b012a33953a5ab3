package dev.gatun.model.tokenizer;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;

/** Small tokenizers that lie in the test resources. */
final class OwnTokenizers {

  private OwnTokenizers() {}

  /** Text of the tokenizer.json named {@code name}. */
  static String json(String name) {
    try (InputStream in =
        OwnTokenizers.class.getResourceAsStream("/tokenizers/" + name + ".json")) {
      return new String(Objects.requireNonNull(in, name).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Tokenizer load(Path emptyDir, String name) {
    return loadJson(emptyDir, json(name));
  }

  static Tokenizer loadJson(Path emptyDir, String json) {
    try {
      Files.writeString(emptyDir.resolve("tokenizer.json"), json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Tokenizer.load(emptyDir);
  }

  /**
   * A Llama style tokenizer: 256 byte tokens at id 3 and following, then {@code pieces}, and a
   * decoder that drops the first space of a text.
   */
  static String byteFallbackJson(String... pieces) {
    StringBuilder vocabulary = new StringBuilder("\"<unk>\":0,\"<s>\":1,\"</s>\":2");
    for (int i = 0; i < 256; i++) {
      vocabulary.append(String.format(Locale.ROOT, ",\"<0x%02X>\":%d", i, 3 + i));
    }
    for (int i = 0; i < pieces.length; i++) {
      vocabulary.append(String.format(Locale.ROOT, ",\"%s\":%d", pieces[i], 259 + i));
    }
    return """
    {"version":"1.0","truncation":null,"padding":null,"added_tokens":[
      {"id":1,"content":"<s>","single_word":false,"lstrip":false,"rstrip":false,
       "normalized":false,"special":true}],
     "normalizer":null,"pre_tokenizer":null,"post_processor":null,
     "decoder":{"type":"Sequence","decoders":[
       {"type":"Replace","pattern":{"String":"\u2581"},"content":" "},
       {"type":"ByteFallback"},{"type":"Fuse"},
       {"type":"Strip","content":" ","start":1,"stop":0}]},
     "model":{"type":"BPE","unk_token":"<unk>","byte_fallback":true,"vocab":{%s},"merges":[]}}
    """
        .formatted(vocabulary);
  }
}
