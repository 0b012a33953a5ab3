package dev.gatun.model.jinja;

import java.time.LocalDateTime;
import java.time.format.TextStyle;
import java.time.temporal.IsoFields;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** strftime of the C library in the C locale, for a time without a zone. */
final class Strftime {

  private Strftime() {}

  static String format(Budget budget, String format, LocalDateTime time) {
    TextBuilder out = new TextBuilder(budget);
    int at = 0;
    while (at < format.length()) {
      char c = format.charAt(at++);
      if (c != '%' || at == format.length()) {
        out.append(c);
        continue;
      }
      char flag = format.charAt(at);
      boolean hasFlag = (flag == '-' || flag == '_' || flag == '0') && at + 1 < format.length();
      at += hasFlag ? 1 : 0;
      char directive = format.charAt(at++);
      String text = directive(budget, directive, time);
      if (text == null) {
        out.append('%').append(hasFlag ? String.valueOf(flag) : "").append(directive);
      } else {
        out.append(hasFlag ? padded(text, flag) : text);
      }
    }
    return out.toString();
  }

  /** {@code %-d} drops the zeros before a number, {@code %_d} makes them blanks. */
  private static String padded(String number, char flag) {
    int zeros = 0;
    while (zeros < number.length() - 1
        && (number.charAt(zeros) == '0' || number.charAt(zeros) == ' ')) {
      zeros++;
    }
    return switch (flag) {
      case '-' -> number.substring(zeros);
      case '_' -> " ".repeat(zeros) + number.substring(zeros);
      default -> "0".repeat(zeros) + number.substring(zeros);
    };
  }

  private static @Nullable String directive(Budget budget, char directive, LocalDateTime time) {
    int hour12 = time.getHour() % 12 == 0 ? 12 : time.getHour() % 12;
    int weekday = time.getDayOfWeek().getValue();
    return switch (directive) {
      case 'Y' -> String.valueOf(time.getYear());
      case 'C' -> number("%02d", time.getYear() / 100);
      case 'y' -> number("%02d", time.getYear() % 100);
      case 'm' -> number("%02d", time.getMonthValue());
      case 'd' -> number("%02d", time.getDayOfMonth());
      case 'e' -> number("%2d", time.getDayOfMonth());
      case 'j' -> number("%03d", time.getDayOfYear());
      case 'H' -> number("%02d", time.getHour());
      case 'k' -> number("%2d", time.getHour());
      case 'I' -> number("%02d", hour12);
      case 'l' -> number("%2d", hour12);
      case 'M' -> number("%02d", time.getMinute());
      case 'S' -> number("%02d", time.getSecond());
      case 'f' -> number("%06d", time.getNano() / 1000);
      case 'p' -> time.getHour() < 12 ? "AM" : "PM";
      case 'P' -> time.getHour() < 12 ? "am" : "pm";
      case 'A' -> time.getDayOfWeek().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
      case 'a' -> time.getDayOfWeek().getDisplayName(TextStyle.SHORT, Locale.ENGLISH);
      case 'B' -> time.getMonth().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
      case 'b', 'h' -> time.getMonth().getDisplayName(TextStyle.SHORT, Locale.ENGLISH);
      case 'u' -> String.valueOf(weekday);
      case 'w' -> String.valueOf(weekday % 7);
      case 'U' -> number("%02d", (time.getDayOfYear() + 6 - weekday % 7) / 7);
      case 'W' -> number("%02d", (time.getDayOfYear() + 6 - (weekday - 1)) / 7);
      case 'V' -> number("%02d", time.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR));
      case 'G' -> String.valueOf(time.get(IsoFields.WEEK_BASED_YEAR));
      case 'g' -> number("%02d", time.get(IsoFields.WEEK_BASED_YEAR) % 100);
      case 'D', 'x' -> format(budget, "%m/%d/%y", time);
      case 'F' -> format(budget, "%Y-%m-%d", time);
      case 'T', 'X' -> format(budget, "%H:%M:%S", time);
      case 'R' -> format(budget, "%H:%M", time);
      case 'r' -> format(budget, "%I:%M:%S %p", time);
      case 'c' -> format(budget, "%a %b %e %H:%M:%S %Y", time);
      case 'n' -> "\n";
      case 't' -> "\t";
      case 'z', 'Z' -> "";
      case '%' -> "%";
      default -> null;
    };
  }

  private static String number(String format, int value) {
    return String.format(Locale.ROOT, format, value);
  }
}
