package dev.gatun.model.tokenizer;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import dev.gatun.model.ModelLoadException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;

/**
 * The tokenizer of one model, as its tokenizer.json defines it.
 *
 * <p>Which special tokens {@link #encode} adds is decided by the post-processor of that file alone;
 * truncation and padding that the file may carry are switched off, since a prompt must be refused
 * rather than cut. May be used by any number of threads; {@link #close} waits for calls in flight.
 */
public final class Tokenizer implements AutoCloseable {

  private static final String FILE = "tokenizer.json";
  private static final Map<String, String> WHOLE_TEXT =
      Map.of("truncation", "false", "padding", "false");

  private final HuggingFaceTokenizer tokenizer;
  private final Vocabulary vocabulary;

  /** Calls hold the read lock: the native tokenizer must not be freed under them. */
  private final ReadWriteLock lifetime = new ReentrantReadWriteLock();

  private boolean isClosed;

  private Tokenizer(HuggingFaceTokenizer tokenizer, Vocabulary vocabulary) {
    this.tokenizer = tokenizer;
    this.vocabulary = vocabulary;
  }

  /**
   * Loads {@code modelDir/tokenizer.json}.
   *
   * @throws ModelLoadException when the file is absent or not a tokenizer, or when the native
   *     library cannot be loaded
   */
  public static Tokenizer load(Path modelDir) {
    Path file = modelDir.resolve(FILE);
    if (!Files.isRegularFile(file)) {
      throw new ModelLoadException(
          file
              + " does not exist; convert the tokenizer of this model to "
              + FILE
              + " (transformers: AutoTokenizer.from_pretrained(...).save_pretrained(...))");
    }
    Vocabulary vocabulary = Vocabulary.read(file);
    NativeTokenizers.load();
    try {
      return new Tokenizer(HuggingFaceTokenizer.newInstance(file, WHOLE_TEXT), vocabulary);
    } catch (IOException | RuntimeException e) {
      // The library reports what it does not understand in the file as a bare RuntimeException.
      throw new ModelLoadException(file + ": not a usable tokenizer: " + e.getMessage(), e);
    }
  }

  /**
   * Token ids of {@code text}. An unpaired surrogate, which no encoding of text can carry, is read
   * as U+FFFD.
   *
   * @param addSpecialTokens whether the post-processor adds its tokens (BOS and the like); false
   *     for the output of a chat template, which writes them itself
   */
  public int[] encode(String text, boolean addSpecialTokens) {
    String wellFormed = WellFormedText.of(text);
    return whileOpen(() -> toInts(tokenizer.encode(wellFormed, addSpecialTokens, false).getIds()));
  }

  /**
   * A lower bound of the tokens of {@code text} that costs nothing; 0 for tokenizers of which none
   * is known.
   */
  public int minTokens(String text) {
    int maxBytes = vocabulary.maxPieceBytes();
    // UTF-8 never has fewer bytes than UTF-16 has units.
    return maxBytes == 0 ? 0 : text.length() / maxBytes;
  }

  /** Text of {@code tokenIds}; ids that the vocabulary does not have are left out. */
  public String decode(int[] tokenIds, boolean skipSpecialTokens) {
    return decode(tokenIds, 0, tokenIds.length, skipSpecialTokens);
  }

  /** As {@link #decode(int[], boolean)}, of the ids from {@code from} to {@code to}, exclusive. */
  String decode(int[] tokenIds, int from, int to, boolean skipSpecialTokens) {
    long[] known = new long[to - from];
    int numKnown = 0;
    for (int i = from; i < to; i++) {
      if (vocabulary.piece(tokenIds[i]) != null) {
        known[numKnown++] = tokenIds[i];
      }
    }
    long[] ids = numKnown == known.length ? known : Arrays.copyOf(known, numKnown);
    return whileOpen(() -> tokenizer.decode(ids, skipSpecialTokens));
  }

  /** Largest id + 1, added tokens included. The model's logits may have more rows than this. */
  public int vocabSize() {
    return vocabulary.size();
  }

  /** Id of a vocabulary piece or added token, spelled as in the file. */
  public OptionalInt tokenId(String token) {
    Integer id = vocabulary.id(token);
    return id == null ? OptionalInt.empty() : OptionalInt.of(id);
  }

  /** The raw piece of {@code tokenId} as in the vocabulary, for example {@code Ġthe}. */
  public Optional<String> token(int tokenId) {
    return Optional.ofNullable(vocabulary.piece(tokenId));
  }

  /** What logprobs show for a token: decoded alone, special tokens kept; "" for an unknown id. */
  public String tokenText(int tokenId) {
    return decode(new int[] {tokenId}, false);
  }

  /**
   * The bytes that {@code tokenId} adds to a text that has begun; they need not be whole
   * characters. Empty for special tokens and unknown ids, and for all ids of a tokenizer whose
   * decoder is neither byte level nor that of SentencePiece.
   */
  public Optional<byte[]> tokenBytes(int tokenId) {
    return PieceBytes.of(vocabulary, tokenId);
  }

  /**
   * A detokenizer for the text that follows {@code promptTokenIds} in one sequence; pass an empty
   * prompt to get the text from its beginning. The array is not kept.
   */
  public IncrementalDetokenizer detokenizer(int[] promptTokenIds, boolean skipSpecialTokens) {
    return new IncrementalDetokenizer(this, promptTokenIds, skipSpecialTokens);
  }

  /** Whether {@code tokenId} contributes to decoded text at all. */
  boolean isShown(int tokenId, boolean skipSpecialTokens) {
    return vocabulary.piece(tokenId) != null
        && !(skipSpecialTokens && vocabulary.isSpecial(tokenId));
  }

  /** Frees the native tokenizer once the calls in flight have returned. */
  @Override
  public void close() {
    lifetime.writeLock().lock();
    try {
      isClosed = true;
      tokenizer.close();
    } finally {
      lifetime.writeLock().unlock();
    }
  }

  private <T> T whileOpen(Supplier<T> call) {
    lifetime.readLock().lock();
    try {
      if (isClosed) {
        throw new IllegalStateException("the tokenizer is closed");
      }
      return call.get();
    } finally {
      lifetime.readLock().unlock();
    }
  }

  private static int[] toInts(long[] ids) {
    int[] ints = new int[ids.length];
    for (int i = 0; i < ids.length; i++) {
      ints[i] = Math.toIntExact(ids[i]);
    }
    return ints;
  }
}
