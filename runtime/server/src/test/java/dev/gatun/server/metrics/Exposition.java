package dev.gatun.server.metrics;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Prometheus text 0.0.4, read by a parser of our own. */
final class Exposition {
  private static final Pattern TYPE = Pattern.compile("# TYPE (\\S+) (\\S+)");
  private static final Pattern SAMPLE = Pattern.compile("([a-zA-Z0-9_:]+)(?:\\{(.*)})? (\\S+)");
  private static final Pattern LABEL = Pattern.compile("([a-z_]+)=\"((?:[^\"\\\\]|\\\\.)*)\"");

  /** A line with a value. */
  record Sample(String name, Map<String, String> labels, double value) {}

  /** All samples of one name. */
  record Family(String type, List<Sample> samples) {}

  private final Map<String, Family> families = new LinkedHashMap<>();

  static Exposition parse(String text) {
    Exposition parsed = new Exposition();
    Family family = new Family("", new ArrayList<>());
    for (String line : text.lines().toList()) {
      Matcher type = TYPE.matcher(line);
      if (type.matches()) {
        family = new Family(type.group(2), new ArrayList<>());
        if (parsed.families.put(type.group(1), family) != null) {
          throw new IllegalStateException("family twice: " + line);
        }
      } else if (!line.startsWith("#")) {
        family.samples.add(sample(line));
      }
    }
    return parsed;
  }

  private static Sample sample(String line) {
    Matcher sample = SAMPLE.matcher(line);
    if (!sample.matches()) {
      throw new IllegalStateException("not a sample: " + line);
    }
    Map<String, String> labels = new TreeMap<>();
    if (sample.group(2) != null) {
      Matcher label = LABEL.matcher(sample.group(2));
      while (label.find()) {
        labels.put(label.group(1), label.group(2));
      }
    }
    return new Sample(sample.group(1), labels, Double.parseDouble(sample.group(3)));
  }

  Map<String, Family> families() {
    return families;
  }

  /**
   * The one sample with these labels among its own.
   *
   * @param labels name, value, name, value, ...
   */
  double value(String name, String... labels) {
    List<Sample> found =
        families.values().stream()
            .flatMap(family -> family.samples.stream())
            .filter(sample -> sample.name.equals(name) && has(sample, labels))
            .toList();
    if (found.size() != 1) {
      throw new AssertionError("one " + name + " expected, found " + found);
    }
    return found.getFirst().value;
  }

  private static boolean has(Sample sample, String... labels) {
    for (int i = 0; i < labels.length; i += 2) {
      if (!labels[i + 1].equals(sample.labels.get(labels[i]))) {
        return false;
      }
    }
    return true;
  }
}
