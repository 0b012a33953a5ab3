package dev.gatun.server.oip.model;

import dev.gatun.engine.api.ErrorCode;
import dev.gatun.engine.api.ServingException;
import dev.gatun.proto.inference.ModelStatisticsResponse;
import java.math.BigInteger;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;

/** The models served, by name; each has one version. Thread-safe. */
public final class ModelRegistry {
  /** The version of every model. */
  public static final String VERSION = "1";

  private static final int MAX_SHOWN_CHARS = 200;

  private final ConcurrentSkipListMap<String, Entry> entries = new ConcurrentSkipListMap<>();

  /** A model and what is counted about it. */
  public record Entry(TensorModel model, ModelStats stats) {}

  /** Adds a model under its name. */
  public void register(TensorModel model) {
    Entry entry = new Entry(model, new ModelStats());
    if (entries.putIfAbsent(model.name(), entry) != null) {
      throw new IllegalArgumentException("model '" + model.name() + "' is registered twice");
    }
  }

  /** All models, sorted by name. */
  public List<Entry> all() {
    return List.copyOf(entries.values());
  }

  /**
   * The model of that name.
   *
   * @param version empty for the server's choice
   * @throws ServingException NOT_FOUND for a name or version not served, INVALID_ARGUMENT for a
   *     version that is no number
   */
  public Entry resolve(String name, String version) {
    Entry entry = entries.get(name);
    if (entry == null) {
      throw new ServingException(
          ErrorCode.NOT_FOUND, "Request for unknown model: '" + shown(name) + "' is not found");
    }
    if (!version.isEmpty() && !isServed(version)) {
      throw new ServingException(
          ErrorCode.NOT_FOUND,
          "Request for unknown model: '" + name + "' version " + shown(version) + " is not found");
    }
    return entry;
  }

  /** The model of that name, empty instead of NOT_FOUND. */
  public Optional<Entry> find(String name, String version) {
    try {
      return Optional.of(resolve(name, version));
    } catch (ServingException e) {
      if (e.code() == ErrorCode.NOT_FOUND) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /**
   * What was counted about one model, or about all of them if the name is empty.
   *
   * @throws ServingException as {@link #resolve}
   */
  public ModelStatisticsResponse statistics(String name, String version) {
    List<Entry> chosen = name.isEmpty() ? all() : List.of(resolve(name, version));
    ModelStatisticsResponse.Builder statistics = ModelStatisticsResponse.newBuilder();
    chosen.forEach(entry -> statistics.addModelStats(entry.stats().toProto(entry.model().name())));
    return statistics.build();
  }

  private static boolean isServed(String version) {
    if (!version.chars().allMatch(c -> c >= '0' && c <= '9')) {
      throw ServingException.invalid(
          "model version is '" + shown(version) + "', must be an integer >= 0");
    }
    return version.length() <= MAX_SHOWN_CHARS && new BigInteger(version).equals(BigInteger.ONE);
  }

  private static String shown(String text) {
    return text.length() <= MAX_SHOWN_CHARS ? text : text.substring(0, MAX_SHOWN_CHARS) + "...";
  }
}
