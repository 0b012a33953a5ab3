package dev.gatun.model.tokenizer;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import dev.gatun.model.ModelLoadException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Pieces and ids of a tokenizer.json: the model's vocabulary overlaid with the added tokens. Read
 * as a stream, because the file of a large model has 10 MB and more, most of it merges. Immutable.
 */
final class Vocabulary {

  /** Largest id that is believed; the largest vocabularies in use have about 260,000 entries. */
  static final int MAX_TOKEN_ID = (1 << 22) - 1;

  private final Map<String, Integer> idOfPiece;
  private final @Nullable String[] pieceOfId;
  private final BitSet special;
  private final BitSet added;
  private final Set<String> decoders;
  private final int maxPieceBytes;

  private Vocabulary(
      Map<String, Integer> idOfPiece,
      BitSet special,
      BitSet added,
      Set<String> decoders,
      int maxPieceBytes) {
    this.maxPieceBytes = maxPieceBytes;
    this.idOfPiece = idOfPiece;
    this.special = special;
    this.added = added;
    this.decoders = decoders;
    int size = 0;
    for (int id : idOfPiece.values()) {
      size = Math.max(size, id + 1);
    }
    this.pieceOfId = new @Nullable String[size];
    idOfPiece.forEach((piece, id) -> pieceOfId[id] = piece);
  }

  /** Largest id + 1; ids below it may be unused. */
  int size() {
    return pieceOfId.length;
  }

  @Nullable Integer id(String piece) {
    return idOfPiece.get(piece);
  }

  /** The piece as the file spells it, null for an id that has none. */
  @Nullable String piece(int id) {
    return id >= 0 && id < pieceOfId.length ? pieceOfId[id] : null;
  }

  /** Whether {@code id} is left out of decoded text when special tokens are skipped. */
  boolean isSpecial(int id) {
    return id >= 0 && special.get(id);
  }

  /** Whether {@code id} is an added token, whose piece is its text as it stands. */
  boolean isAdded(int id) {
    return id >= 0 && added.get(id);
  }

  /** The types that the file's decoder is made of, for example ByteLevel. */
  Set<String> decoders() {
    return decoders;
  }

  /**
   * Most bytes of text that one token stands for; 0 if there is no such bound, as where text is
   * normalised, dropped between pieces or replaced by an unknown token.
   */
  int maxPieceBytes() {
    return maxPieceBytes;
  }

  static Vocabulary read(Path tokenizerJson) {
    JsonFactory factory =
        JsonFactory.builder()
            .streamReadConstraints(
                StreamReadConstraints.builder().maxStringLength(Integer.MAX_VALUE).build())
            // Pieces are all different field names: neither worth interning nor hashing twice.
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .build();
    try (JsonParser parser = factory.createParser(tokenizerJson.toFile())) {
      return new Reader(parser, tokenizerJson).read();
    } catch (IOException e) {
      throw new ModelLoadException(tokenizerJson + ": cannot be read: " + e.getMessage(), e);
    }
  }

  /** Walks the file once; added tokens stand before the vocabulary and win over it. */
  private static final class Reader {
    private final JsonParser parser;
    private final Path file;
    private final Map<String, Integer> vocabulary = new HashMap<>(1 << 18);
    private final Map<String, Integer> addedTokens = new HashMap<>();
    private final BitSet special = new BitSet();
    private final BitSet added = new BitSet();
    private final Set<String> decoders = new HashSet<>();
    private final Set<String> normalizers = new HashSet<>();

    /** Types and split behaviours. */
    private final Set<String> preTokenizers = new HashSet<>();

    private String modelType = "";
    private boolean stripsAroundAdded;
    private boolean hasVocabulary;

    Reader(JsonParser parser, Path file) {
      this.parser = parser;
      this.file = file;
    }

    Vocabulary read() throws IOException {
      expect(parser.nextToken(), JsonToken.START_OBJECT, "the document");
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        switch (parser.currentName()) {
          case "added_tokens" -> readAddedTokens();
          case "model" -> readModel();
          case "decoder" -> readKinds(decoders);
          case "normalizer" -> readKinds(normalizers);
          case "pre_tokenizer" -> readKinds(preTokenizers);
          default -> skipValue();
        }
      }
      if (!hasVocabulary) {
        throw new ModelLoadException(file + ": model.vocab is missing");
      }
      vocabulary.putAll(addedTokens);
      return new Vocabulary(
          vocabulary, special, added, Set.copyOf(decoders), isLossless() ? longestPiece() : 0);
    }

    /** Whether every byte of a text is a byte of one of its pieces. */
    private boolean isLossless() {
      return modelType.equals("BPE")
          && preTokenizers.contains("ByteLevel")
          && !preTokenizers.contains("Removed")
          && normalizers.isEmpty()
          && !stripsAroundAdded;
    }

    /** In bytes: byte-level pieces spell each as one character; added tokens have at most three. */
    private int longestPiece() {
      int longest = 0;
      for (String piece : vocabulary.keySet()) {
        longest = Math.max(longest, piece.length() * (addedTokens.containsKey(piece) ? 3 : 1));
      }
      return longest;
    }

    private void readAddedTokens() throws IOException {
      if (parser.nextToken() == JsonToken.VALUE_NULL) {
        return;
      }
      expect(parser.currentToken(), JsonToken.START_ARRAY, "added_tokens");
      while (parser.nextToken() == JsonToken.START_OBJECT) {
        int id = -1;
        String content = null;
        boolean isSpecial = false;
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
          String field = parser.currentName();
          parser.nextToken();
          switch (field) {
            case "id" -> id = tokenId("added_tokens.id");
            case "content" -> content = parser.getText();
            case "lstrip", "rstrip" -> stripsAroundAdded |= parser.getBooleanValue();
            case "special" -> isSpecial = parser.getBooleanValue();
            default -> parser.skipChildren();
          }
        }
        if (content == null || id < 0) {
          throw new ModelLoadException(file + ": added_tokens has an entry without id or content");
        }
        addedTokens.put(content, id);
        special.set(id, isSpecial);
        added.set(id);
      }
    }

    /** Collects the types of a part and of those inside it; the part is null if there is none. */
    private void readKinds(Set<String> kinds) throws IOException {
      int depth = 0;
      do {
        JsonToken token = parser.nextToken();
        if (token == null) {
          return;
        }
        if (token.isStructStart()) {
          depth++;
        } else if (token.isStructEnd()) {
          depth--;
        } else if (token == JsonToken.VALUE_STRING && isKind(parser.currentName())) {
          kinds.add(parser.getText());
        }
      } while (depth > 0);
    }

    private static boolean isKind(@Nullable String field) {
      return "type".equals(field) || "behavior".equals(field);
    }

    private void readModel() throws IOException {
      expect(parser.nextToken(), JsonToken.START_OBJECT, "model");
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        if (parser.currentName().equals("type")) {
          parser.nextToken();
          modelType = parser.getText();
          continue;
        }
        if (!parser.currentName().equals("vocab")) {
          skipValue();
          continue;
        }
        hasVocabulary = true;
        if (parser.nextToken() == JsonToken.START_ARRAY) {
          readScoredPieces();
        } else {
          expect(parser.currentToken(), JsonToken.START_OBJECT, "model.vocab");
          while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String piece = parser.currentName();
            parser.nextToken();
            vocabulary.put(piece, tokenId("model.vocab"));
          }
        }
      }
    }

    /** Unigram: an array of [piece, score], the id is the position. */
    private void readScoredPieces() throws IOException {
      int id = 0;
      while (parser.nextToken() == JsonToken.START_ARRAY) {
        expect(parser.nextToken(), JsonToken.VALUE_STRING, "model.vocab");
        vocabulary.put(parser.getText(), id++);
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          parser.skipChildren();
        }
      }
    }

    private int tokenId(String field) throws IOException {
      expect(parser.currentToken(), JsonToken.VALUE_NUMBER_INT, field);
      long id = parser.getLongValue();
      if (id < 0 || id > MAX_TOKEN_ID) {
        throw new ModelLoadException(
            file + ": " + field + " is " + id + ", expected 0 to " + MAX_TOKEN_ID);
      }
      return (int) id;
    }

    private void skipValue() throws IOException {
      parser.nextToken();
      parser.skipChildren();
    }

    private void expect(@Nullable JsonToken found, JsonToken wanted, String where) {
      if (found != wanted) {
        throw new ModelLoadException(
            file + ": " + where + ": expected " + wanted + ", is " + found);
      }
    }
  }
}
