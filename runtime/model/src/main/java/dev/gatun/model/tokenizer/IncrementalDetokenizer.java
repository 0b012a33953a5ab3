package dev.gatun.model.tokenizer;

import java.util.Arrays;

/**
 * Turns the tokens of one sequence into text as they come. Never emits half a character, never
 * takes back what it emitted; the concatenation of all {@link #append} and the {@link #flush} is
 * the text of the tokens after the prompt.
 *
 * <p>A token's text depends on its neighbours (a leading space is dropped at the start of a text,
 * bytes join to characters), so a token cannot be decoded alone and the whole sequence would cost
 * quadratic time. Therefore a window slides over the tokens:
 *
 * <pre>
 *   ids:   ... shown and forgotten | prefix: last shown | held: not yet shown
 *                                  0                    numPrefix            numIds
 * </pre>
 *
 * New text is what decode(prefix + held) has beyond decode(prefix). It is held back while it ends
 * in U+FFFD, because the bytes that complete the character may still come. The window is bounded by
 * {@link #MAX_HELD}, the cost of a token thus constant. For one thread.
 */
public final class IncrementalDetokenizer {

  /** Tokens held back at most: an endless run of broken bytes is shown, late but bounded. */
  static final int MAX_HELD = 64;

  /** Prompt tokens that give the first generated token its neighbours. */
  private static final int PROMPT_WINDOW = 6;

  /** A character has at most four bytes: three tokens may be the start of one, no more. */
  private static final int MAX_PARTIAL = 3;

  private static final char REPLACEMENT = '\uFFFD';

  private final Tokenizer tokenizer;
  private final boolean skipSpecialTokens;
  private final int[] ids = new int[2 * MAX_HELD + PROMPT_WINDOW];
  private int numIds;
  private int numPrefix;
  private String prefixText;

  IncrementalDetokenizer(Tokenizer tokenizer, int[] promptTokenIds, boolean skipSpecialTokens) {
    this.tokenizer = tokenizer;
    this.skipSpecialTokens = skipSpecialTokens;
    this.prefixText = takePrompt(promptTokenIds);
  }

  /** The text that may be shown now, "" while a character is incomplete. */
  public String append(int tokenId) {
    if (!tokenizer.isShown(tokenId, skipSpecialTokens)) {
      return ""; // must not enter the window: a prefix without text would not stand for a prefix
    }
    ids[numIds++] = tokenId;
    String text = decode(0, numIds);
    if (isIncomplete(text)) {
      return numIds - numPrefix < MAX_HELD ? "" : showAllBut(MAX_PARTIAL);
    }
    if (text.length() == prefixText.length() && text.equals(prefixText)) {
      // Nothing to show, as for the space that a decoder drops at the start of a text.
      return numIds - numPrefix < MAX_HELD ? "" : showAllBut(MAX_PARTIAL);
    }
    return show(text, numIds);
  }

  /** What is left at the end, for example the U+FFFD of a character that was never completed. */
  public String flush() {
    return numIds == numPrefix ? "" : show(decode(0, numIds), numIds);
  }

  /**
   * Emits {@code text}, that of the first {@code end} ids, beyond the prefix; slides the window.
   */
  private String show(String text, int end) {
    String shown = beyondPrefix(text, end);
    System.arraycopy(ids, numPrefix, ids, 0, numIds - numPrefix);
    numIds -= numPrefix;
    numPrefix = end - numPrefix;
    prefixText = decode(0, numPrefix);
    return shown;
  }

  private String showAllBut(int numKept) {
    int end = numIds - numKept;
    return show(decode(0, end), end);
  }

  private String beyondPrefix(String text, int end) {
    if (text.startsWith(prefixText)) {
      return text.substring(prefixText.length());
    }
    if (isIncomplete(prefixText)) {
      // The prompt ended within a character, which is whole now: show it whole.
      int common = 0;
      while (common < Math.min(text.length(), prefixText.length())
          && text.charAt(common) == prefixText.charAt(common)) {
        common++;
      }
      return text.substring(common);
    }
    // Byte-fallback decoders turn a whole run of bytes into U+FFFD when one of them is wrong, also
    // those shown before as good characters. These stay; what follows is decoded for itself.
    return decode(numPrefix, end);
  }

  /** Fills the prefix with the last prompt tokens that have text; returns their text. */
  private String takePrompt(int[] prompt) {
    int[] last = new int[PROMPT_WINDOW + MAX_PARTIAL];
    int count = 0;
    for (int i = prompt.length - 1; i >= 0 && count < last.length; i--) {
      if (tokenizer.isShown(prompt[i], skipSpecialTokens)) {
        last[last.length - ++count] = prompt[i];
      }
    }
    int[] context = Arrays.copyOfRange(last, last.length - count, last.length);
    // The window must not start within a character: the decoder may then spoil those that follow.
    int start = Math.max(0, count - PROMPT_WINDOW);
    String text = tokenizer.decode(context, start, count, skipSpecialTokens);
    while (start > 0 && !text.isEmpty() && text.charAt(0) == REPLACEMENT) {
      text = tokenizer.decode(context, --start, count, skipSpecialTokens);
    }
    numIds = count - start;
    numPrefix = numIds;
    System.arraycopy(context, start, ids, 0, numIds);
    return text;
  }

  private String decode(int from, int to) {
    return tokenizer.decode(ids, from, to, skipSpecialTokens);
  }

  private static boolean isIncomplete(String text) {
    return !text.isEmpty() && text.charAt(text.length() - 1) == REPLACEMENT;
  }
}
