package dev.gatun.tensor;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.stream.Collectors;

/** The backends that are on the class path. Immutable; any thread. */
public final class Backends {
  /** Name that stands for the best backend this machine can run. */
  public static final String AUTO = "auto";

  /** Best first. A backend that is not listed is taken by {@link #AUTO} after these. */
  private static final List<String> PREFERENCE = List.of("cuda", "cpu", "reference");

  private final List<BackendProvider> providers;

  /** Over given providers, for tests; {@link #discover} finds them. */
  public Backends(List<BackendProvider> providers) {
    this.providers =
        providers.stream()
            .sorted(Comparator.comparingInt(provider -> rank(provider.name())))
            .toList();
  }

  /** All providers that {@link ServiceLoader} finds. */
  public static Backends discover() {
    return new Backends(
        ServiceLoader.load(BackendProvider.class).stream()
            .map(ServiceLoader.Provider::get)
            .toList());
  }

  private static int rank(String name) {
    int index = PREFERENCE.indexOf(name);
    return index < 0 ? PREFERENCE.size() : index;
  }

  /** Names that {@link #open} knows, best first, available or not; without {@link #AUTO}. */
  public List<String> names() {
    return providers.stream().map(BackendProvider::name).toList();
  }

  /**
   * Opens a backend.
   *
   * @param name one of {@link #names} or {@link #AUTO}
   * @throws BackendException if there is no such backend or it cannot run here; the message lists
   *     the backends there are and why each cannot run
   */
  public Backend open(String name, BackendOptions options) {
    Optional<BackendProvider> chosen =
        providers.stream()
            .filter(provider -> name.equals(AUTO) || name.equals(provider.name()))
            .filter(provider -> provider.unavailableReason(options).isEmpty())
            .findFirst();
    return chosen
        .orElseThrow(() -> new BackendException("no backend '" + name + "': " + describe(options)))
        .open(options);
  }

  /** One clause per backend, for logs and messages: {@code cuda (no driver), reference}. */
  public String describe() {
    return describe(BackendOptions.defaults());
  }

  private String describe(BackendOptions options) {
    if (providers.isEmpty()) {
      return "none is on the class path";
    }
    return providers.stream()
        .map(provider -> describe(provider, options))
        .collect(Collectors.joining(", "));
  }

  private static String describe(BackendProvider provider, BackendOptions options) {
    return provider
        .unavailableReason(options)
        .map(reason -> provider.name() + " is unavailable (" + reason + ")")
        .orElse(provider.name() + " is available");
  }
}
