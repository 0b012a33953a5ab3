package dev.gatun.model.tokenizer;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;

/** The bytes behind the pieces of a vocabulary, whose spelling hides them. */
final class PieceBytes {

  /** How SentencePiece spells a space. */
  private static final char SPACE_MARK = '\u2581';

  private PieceBytes() {}

  static Optional<byte[]> of(Vocabulary vocabulary, int id) {
    String piece = vocabulary.piece(id);
    if (piece == null || vocabulary.isSpecial(id)) {
      return Optional.empty();
    }
    Set<String> decoders = vocabulary.decoders();
    if (decoders.contains("ByteLevel")) {
      return Optional.of(vocabulary.isAdded(id) ? utf8(piece) : byteLevel(piece));
    }
    if (decoders.contains("Metaspace") || decoders.contains("Replace")) {
      return Optional.of(sentencePiece(piece, decoders.contains("ByteFallback")));
    }
    return Optional.empty();
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /**
   * GPT-2's alphabet: a printable byte is spelled as itself, the others, in their order, as U+0100
   * and following. A character outside of it stands for itself.
   */
  private static byte[] byteLevel(String piece) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(piece.length());
    piece
        .codePoints()
        .forEach(
            c -> {
              int value = isPrintable(c) ? c : unprintable(c - 0x100);
              if (value >= 0) {
                bytes.write(value);
              } else {
                bytes.writeBytes(utf8(Character.toString(c)));
              }
            });
    return bytes.toByteArray();
  }

  private static boolean isPrintable(int b) {
    return (b >= '!' && b <= '~') || (b >= 0xA1 && b <= 0xAC) || (b >= 0xAE && b <= 0xFF);
  }

  /** The byte that is the {@code index}-th of those that are not printable, -1 if none is. */
  private static int unprintable(int index) {
    if (index < 0) {
      return -1;
    }
    if (index <= 0x20) {
      return index;
    }
    if (index <= 0x42) {
      return 0x7F + index - 0x21;
    }
    return index == 0x43 ? 0xAD : -1;
  }

  private static byte[] sentencePiece(String piece, boolean hasByteTokens) {
    boolean isByte = hasByteTokens && piece.matches("<0x[0-9A-Fa-f]{2}>");
    return isByte
        ? new byte[] {(byte) Integer.parseInt(piece.substring(3, 5), 16)}
        : utf8(piece.replace(SPACE_MARK, ' '));
  }
}
