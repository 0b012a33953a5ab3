package dev.gatun.server.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class StopWindowTest {

  @Test
  void passesTextThroughWithoutStopStrings() {
    StopWindow window = new StopWindow(List.of(), false);

    window.append("abc", true);

    assertThat(window.release(false)).isEqualTo("abc");
    assertThat(window.release(true)).isEmpty();
  }

  @Test
  void holdsBackOneCharacterLessThanTheLongestStopString() {
    StopWindow window = new StopWindow(List.of("xyz", "q"), false);

    window.append("abc", true);

    assertThat(window.release(false)).isEqualTo("a");
    window.append("d", true);
    assertThat(window.release(false)).isEqualTo("b");
    assertThat(window.release(true)).isEqualTo("cd");
    assertThat(window.match()).isNull();
  }

  @Test
  void findsStopStringSplitOverDeltasAndCutsBeforeIt() {
    StopWindow window = new StopWindow(List.of("STOP"), false);
    StringBuilder text = new StringBuilder();

    for (String delta : List.of("go S", "T", "OP", " on")) {
      if (window.match() == null) {
        window.append(delta, true);
        text.append(window.release(window.match() != null));
      }
    }

    assertThat(text.toString()).isEqualTo("go ");
    assertThat(window.match()).isEqualTo("STOP");
  }

  @Test
  void keepsStopStringWhenAskedToAndHoldsNothingBack() {
    StopWindow window = new StopWindow(List.of("END"), true);

    window.append("an E", true);
    assertThat(window.release(false)).isEqualTo("an E");
    window.append("ND of", true);

    assertThat(window.release(true)).isEqualTo("ND");
    assertThat(window.match()).isEqualTo("END");
  }

  @Test
  void earliestEndingStopStringWins() {
    StopWindow window = new StopWindow(List.of("cde", "b", "bc"), false);

    window.append("abcde", true);

    assertThat(window.match()).isEqualTo("b");
    assertThat(window.release(true)).isEqualTo("a");
  }

  @Test
  void listOrderDecidesBetweenStopStringsThatEndTogether() {
    StopWindow window = new StopWindow(List.of("b", "ab"), false);

    window.append("aab", true);

    assertThat(window.match()).isEqualTo("b");
    assertThat(window.release(true)).isEqualTo("aa");
  }

  @Test
  void textThatMayNotStopOnlyLendsItsTailToLaterMatches() {
    StopWindow window = new StopWindow(List.of("ab"), false);

    window.append("ab a", false);
    assertThat(window.match()).isNull();
    assertThat(window.release(false)).isEqualTo("ab ");
    window.append("b", true);

    assertThat(window.match()).isEqualTo("ab");
    assertThat(window.release(true)).isEmpty();
  }

  @Test
  void neverReleasesHalfOfASurrogatePair() {
    StopWindow window = new StopWindow(List.of("xy"), false);

    window.append("a😀", true);

    assertThat(window.release(false)).isEqualTo("a");
    assertThat(window.release(true)).isEqualTo("😀");
  }
}
