package dev.gatun.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatun.tensor.BackendException;
import dev.gatun.tensor.BackendOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LibraryPathTest {
  private static final String NAME = "libgatun_test.so.1";

  @TempDir private Path root;

  private Path file(String folder) throws Exception {
    Path directory = Files.createDirectories(root.resolve(folder));
    return Files.writeString(directory.resolve(NAME), "");
  }

  @Test
  void namedDirectoryComesBeforeTheSystemAndWheelsComeLast() throws Exception {
    Path named = file("named");
    Path home = file("cuda/lib64");
    Path wheel = file("lib/python3.12/site-packages/nvidia/cublas/lib");
    LibraryPath path =
        new LibraryPath(
            Optional.of(root.resolve("named")),
            Map.of("CUDA_HOME", root.resolve("cuda").toString()),
            List.of(root.resolve("lib")));

    assertThat(path.candidates(NAME))
        .containsExactly(named.toString(), NAME, home.toString(), wheel.toString());
  }

  @Test
  void wheelsOfAVirtualEnvironmentAreFound() throws Exception {
    Path wheel = file("venv/lib/python3.11/site-packages/nvidia/cu13/lib");
    LibraryPath path =
        new LibraryPath(
            Optional.empty(), Map.of("VIRTUAL_ENV", root.resolve("venv").toString()), List.of());

    assertThat(path.candidates(NAME)).containsExactly(NAME, wheel.toString());
  }

  @Test
  void anAbsentLibraryIsOneSentenceWithEveryPlace() {
    LibraryPath path =
        new LibraryPath(
            Optional.of(Path.of("/nowhere")), Map.of("LD_LIBRARY_PATH", "/a:/b"), List.of());

    assertThatThrownBy(() -> NativeLibrary.load(NAME, path))
        .isInstanceOf(BackendException.class)
        .hasMessage(
            "libgatun_test.so.1 cannot be loaded; looked in --cuda-lib-dir /nowhere, the system's"
                + " library path, LD_LIBRARY_PATH (/a:/b), CUDA_HOME (not set) and nvidia-* wheels"
                + " of Python (none found)");
  }

  @Test
  void aLibraryThatIsNoneIsTheReasonWhyTheBackendIsUnavailable() throws Exception {
    CudaProvider provider = new CudaProvider(file("text").toString());

    assertThat(provider.unavailableReason(BackendOptions.defaults()).orElseThrow())
        .contains(NAME)
        .contains("cannot be loaded");
  }
}
