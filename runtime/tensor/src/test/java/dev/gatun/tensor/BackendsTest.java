package dev.gatun.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatun.tensor.reference.ReferenceBackend;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class BackendsTest {
  @Test
  void findsTheReferenceBackendOnTheClassPath() {
    Backends backends = Backends.discover();

    assertThat(backends.names()).contains("reference");
    try (Backend backend = backends.open("reference", BackendOptions.defaults())) {
      assertThat(backend.name()).isEqualTo("reference");
    }
  }

  @Test
  void autoTakesTheBestOfTheAvailable() {
    List<BackendProvider> providers =
        List.of(new FakeProvider("reference"), new FakeProvider("cpu"), absent("cuda", "no GPU"));

    assertThat(new Backends(providers).names()).containsExactly("cuda", "cpu", "reference");
    assertThatThrownBy(() -> new Backends(providers).open("auto", BackendOptions.defaults()))
        .hasMessage("opened cpu");
  }

  @Test
  void autoWithoutAnyAvailableSaysWhy() {
    Backends backends = new Backends(List.of(absent("cuda", "no GPU"), absent("cpu", "no AVX")));

    assertThatThrownBy(() -> backends.open(Backends.AUTO, BackendOptions.defaults()))
        .isInstanceOf(BackendException.class)
        .hasMessage("no backend 'auto': cuda is unavailable (no GPU), cpu is unavailable (no AVX)");
  }

  @Test
  void unknownNameListsTheKnown() {
    Backends backends = new Backends(List.of(new FakeProvider("reference")));

    assertThatThrownBy(() -> backends.open("tpu", BackendOptions.defaults()))
        .isInstanceOf(BackendException.class)
        .hasMessage("no backend 'tpu': reference is available");
  }

  @Test
  void namedBackendThatIsUnavailableIsNotReplaced() {
    Backends backends = new Backends(List.of(absent("cuda", "no GPU"), new FakeProvider("cpu")));

    assertThatThrownBy(() -> backends.open("cuda", BackendOptions.defaults()))
        .isInstanceOf(BackendException.class)
        .hasMessageContaining("cuda is unavailable (no GPU)");
  }

  @Test
  void emptyClassPathSaysSo() {
    assertThatThrownBy(() -> new Backends(List.of()).open("auto", BackendOptions.defaults()))
        .hasMessage("no backend 'auto': none is on the class path");
  }

  @Test
  void threadsAreNotNegative() {
    assertThat(new BackendOptions(0)).isEqualTo(BackendOptions.defaults());
    assertThatThrownBy(() -> new BackendOptions(-1)).isInstanceOf(IllegalArgumentException.class);
  }

  private static FakeProvider absent(String name, String reason) {
    return new FakeProvider(name, Optional.of(reason));
  }

  /** Says by exception which provider was opened; there is nothing to open. */
  private record FakeProvider(String name, Optional<String> reason) implements BackendProvider {
    FakeProvider(String name) {
      this(name, Optional.empty());
    }

    @Override
    public Optional<String> unavailableReason(BackendOptions options) {
      return reason;
    }

    @Override
    public ReferenceBackend open(BackendOptions options) {
      throw new BackendException("opened " + name);
    }
  }
}
