package dev.gatun.server.text;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The end of the output text: finds stop strings across deltas and holds back what could still
 * become one. Keeps only the characters that a later match may touch.
 *
 * <pre>
 *   window:  | already released | held back | new text |
 *            0               released       offset     length
 * </pre>
 */
final class StopWindow {
  private final List<String> stopStrings;
  private final boolean includesStop;

  /** Characters before the newest ones that a match may begin in: longest stop string - 1. */
  private final int overlap;

  private final StringBuilder window = new StringBuilder();
  private int released;
  private @Nullable String match;

  StopWindow(List<String> stopStrings, boolean includesStop) {
    this.stopStrings = stopStrings;
    this.includesStop = includesStop;
    this.overlap = stopStrings.stream().mapToInt(stop -> stop.length() - 1).max().orElse(0);
  }

  /** The stop string found, null so far. */
  @Nullable String match() {
    return match;
  }

  /**
   * Adds text and, if {@code mayStop}, looks for stop strings that end in it. The one that ends
   * first wins, ties go to list order: the result does not depend on how text is cut into deltas.
   */
  void append(String text, boolean mayStop) {
    int offset = window.length();
    window.append(text);
    if (!mayStop || text.isEmpty()) {
      return;
    }
    int bestEnd = Integer.MAX_VALUE;
    for (String stop : stopStrings) {
      int start = window.indexOf(stop, offset - stop.length() + 1);
      if (start >= 0 && start + stop.length() < bestEnd) {
        bestEnd = start + stop.length();
        match = stop;
      }
    }
    if (match != null) {
      window.setLength(includesStop ? bestEnd : bestEnd - match.length());
    }
  }

  /** Takes the text that can no longer change; all of it when {@code isLast}. */
  String release(boolean isLast) {
    int end = window.length();
    if (!isLast && !includesStop) {
      end = Math.max(released, end - overlap);
      // Half a surrogate pair cannot be sent as UTF-8.
      if (end > released && Character.isHighSurrogate(window.charAt(end - 1))) {
        end--;
      }
    }
    String text = window.substring(released, end);
    int dropped = Math.max(0, Math.min(end, window.length() - overlap));
    window.delete(0, dropped);
    released = end - dropped;
    return text;
  }
}
