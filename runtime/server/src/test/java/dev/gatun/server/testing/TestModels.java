package dev.gatun.server.testing;

import dev.gatun.engine.api.Engine;
import dev.gatun.model.chat.ChatTemplate;
import dev.gatun.model.generation.GenerationConfig;
import dev.gatun.model.tokenizer.Tokenizer;
import dev.gatun.server.text.ConstraintCompiler;
import dev.gatun.server.text.ServedModel;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * Served models over a fake engine and the small byte-level tokenizer of the test resources: 512
 * entries, {@code <|bos|>} 1, {@code <|im_start|>} 2, {@code <|im_end|>} 3 (end-of-sequence), no
 * token added by encode.
 */
public final class TestModels {
  public static final int EOS = 3;

  /** Shared: loading costs more than most tests. */
  public static final Tokenizer TOKENIZER = Tokenizer.load(resources());

  private static final Optional<ChatTemplate> CHAT_TEMPLATE = ChatTemplate.load(resources());

  /** A model without recommendations. */
  public static final GenerationConfig NO_DEFAULTS =
      new GenerationConfig(
          OptionalDouble.empty(),
          OptionalDouble.empty(),
          OptionalInt.empty(),
          OptionalDouble.empty(),
          OptionalDouble.empty(),
          OptionalInt.empty(),
          new int[] {EOS});

  private static final ConstraintCompiler CONSTRAINTS =
      new ConstraintCompiler(TOKENIZER, FakeEngine.LIMITS.vocabSize(), new int[] {EOS});

  private TestModels() {}

  /** The model {@code tiny}, also served as {@code tiny-alias}. */
  public static ServedModel tiny(Engine engine) {
    return tiny(engine, NO_DEFAULTS);
  }

  /** The same with sampling defaults. */
  public static ServedModel tiny(Engine engine, GenerationConfig defaults) {
    return tiny(engine, CHAT_TEMPLATE, defaults);
  }

  /** The same without a chat template, as base models come. */
  public static ServedModel tinyBase(Engine engine) {
    return tiny(engine, Optional.empty(), NO_DEFAULTS);
  }

  /** The same with this chat template. */
  public static ServedModel tinyTemplate(Engine engine, String source) {
    return tiny(
        engine, Optional.of(ChatTemplate.parse(source, "<|bos|>", "<|im_end|>")), NO_DEFAULTS);
  }

  /** The same model, served by priority. */
  public static ServedModel byPriority(Engine engine) {
    ServedModel tiny = tiny(engine, Optional.empty(), NO_DEFAULTS);
    return new ServedModel(
        tiny.names(),
        engine,
        tiny.tokenizer(),
        tiny.chatTemplate(),
        tiny.generationDefaults(),
        tiny.constraints(),
        tiny.eosTokenIds(),
        true,
        tiny.createdSeconds());
  }

  private static ServedModel tiny(
      Engine engine, Optional<ChatTemplate> chatTemplate, GenerationConfig defaults) {
    return new ServedModel(
        List.of("tiny", "tiny-alias"),
        engine,
        TOKENIZER,
        chatTemplate,
        defaults,
        CONSTRAINTS,
        new int[] {EOS},
        false,
        1_700_000_000L);
  }

  public static int[] encode(String text) {
    return TOKENIZER.encode(text, false);
  }

  /** Directory of the tokenizer files. */
  public static Path resources() {
    try {
      return Path.of(TestModels.class.getResource("/tokenizer/tokenizer.json").toURI()).getParent();
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
