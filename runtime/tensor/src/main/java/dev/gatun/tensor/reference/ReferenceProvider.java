package dev.gatun.tensor.reference;

import dev.gatun.tensor.Backend;
import dev.gatun.tensor.BackendOptions;
import dev.gatun.tensor.BackendProvider;
import java.util.Optional;

/** Makes {@link ReferenceBackend}; runs wherever Java does. */
public final class ReferenceProvider implements BackendProvider {
  static final String NAME = "reference";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Optional<String> unavailableReason(BackendOptions options) {
    return Optional.empty();
  }

  @Override
  public Backend open(BackendOptions options) {
    return new ReferenceBackend(options);
  }
}
