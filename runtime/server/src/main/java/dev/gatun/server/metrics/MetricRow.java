package dev.gatun.server.metrics;

import java.util.ArrayList;
import java.util.List;

/**
 * What is known of a metric before it has a value.
 *
 * @param name without the suffixes that the exposition adds ({@code _bucket}, {@code _count})
 * @param labels in the order in which values are given
 * @param buckets of a histogram
 * @param presence when its samples are there
 * @param help one sentence
 */
public record MetricRow(
    String name,
    Kind kind,
    Unit unit,
    List<Label> labels,
    Buckets buckets,
    Presence presence,
    String help) {

  /** What kind of samples there are. */
  public enum Kind {
    GAUGE,
    COUNTER,
    HISTOGRAM,
    /** Count and sum. */
    SUMMARY
  }

  /** What a sample counts. */
  public enum Unit {
    NONE,
    REQUESTS,
    TOKENS,
    BLOCKS,
    SECONDS,
    BYTES,
    BYTES_PER_SECOND,
    RATIO,
    WATTS,
    CELSIUS,
    HERTZ
  }

  /** When the samples of a metric are there. */
  public enum Presence {
    /** From the start of the process. */
    ALWAYS("always"),
    /** From when the model has been planned, since bounds or labels depend on it. */
    PLANNED("once the model is planned"),
    /** With speculative decoding. */
    SPECULATION("with --speculative-config"),
    /** With at least one GPU. */
    GPU("with a GPU"),
    /** Unless the names that vLLM has retired are switched off. */
    LEGACY("unless --no-legacy-metric-names");

    private final String words;

    Presence(String words) {
      this.words = words;
    }

    /** For documentation. */
    public String words() {
      return words;
    }
  }

  /**
   * A label.
   *
   * @param values all it can have, each there from the start; empty where they are not known ahead
   */
  public record Label(String name, List<String> values) {}

  public MetricRow {
    labels = List.copyOf(labels);
  }

  static MetricRow gauge(String name, Unit unit, String help) {
    return row(name, Kind.GAUGE, unit, Buckets.NONE, help);
  }

  /** A counter, its name without {@code _total}. */
  static MetricRow counter(String name, Unit unit, String help) {
    return row(name, Kind.COUNTER, unit, Buckets.NONE, help);
  }

  static MetricRow summary(String name, Unit unit, String help) {
    return row(name, Kind.SUMMARY, unit, Buckets.NONE, help);
  }

  static MetricRow histogram(String name, Unit unit, Buckets buckets, String help) {
    return row(name, Kind.HISTOGRAM, unit, buckets, help)
        .when(buckets == Buckets.TOKENS ? Presence.PLANNED : Presence.ALWAYS);
  }

  private static MetricRow row(String name, Kind kind, Unit unit, Buckets buckets, String help) {
    return new MetricRow(name, kind, unit, List.of(), buckets, Presence.ALWAYS, help);
  }

  /** With a further label. */
  MetricRow label(String label, String... values) {
    List<Label> more = new ArrayList<>(labels);
    more.add(new Label(label, List.of(values)));
    return new MetricRow(name, kind, unit, more, buckets, presence, help);
  }

  /** With the label that tells the models of several pods apart. */
  MetricRow ofModel() {
    return label("model_name");
  }

  /** With the labels that vLLM gives to everything that an engine counts. */
  MetricRow ofEngine() {
    return ofModel().label("engine");
  }

  MetricRow when(Presence other) {
    return new MetricRow(name, kind, unit, labels, buckets, other, help);
  }

  /** The name as a query spells it where it means one family: a counter with {@code _total}. */
  public String familyName() {
    return kind == Kind.COUNTER ? name + "_total" : name;
  }

  /** The names of its samples. */
  public List<String> sampleNames() {
    return switch (kind) {
      case GAUGE -> List.of(name);
      case COUNTER -> List.of(familyName());
      case HISTOGRAM -> List.of(name + "_bucket", name + "_count", name + "_sum");
      case SUMMARY -> List.of(name + "_count", name + "_sum");
    };
  }

  String[] labelNames() {
    return labels.stream().map(Label::name).toArray(String[]::new);
  }
}
