package dev.gatun.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatun.tensor.BackendException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeFileTest {
  private static final String LIBRARY = "libgatun_cpu_machine.so";
  private static final String FUNCTION = "gatun_cpu_machine_isas";

  @TempDir private Path unpacked;
  private Platform platform;

  @BeforeEach
  void needsKernels() {
    assumeTrue(Platform.current().isPresent(), "there are no kernels for this platform");
    platform = Platform.current().get();
    assumeTrue(CpuMachine.isPackaged(platform), "the build found no C compiler for the kernels");
  }

  @AfterEach
  void forget() {
    System.clearProperty(NativeFile.UNPACKED);
  }

  private void unpack() throws IOException {
    String resource = "native/" + platform.directory() + "/" + LIBRARY;
    try (InputStream in = NativeFile.class.getResourceAsStream(resource)) {
      Files.write(unpacked.resolve(LIBRARY), in.readAllBytes());
    }
  }

  @Test
  void aPackedLibraryNeedsADirectoryToUnpackInto() {
    assertThatThrownBy(() -> NativeFile.load(platform, LIBRARY, List.of()))
        .isInstanceOf(BackendException.class)
        .hasMessageContaining("java.io.tmpdir");
  }

  @Test
  void anUnpackedLibraryIsLoadedWhereItLies() throws IOException {
    unpack();
    System.setProperty(NativeFile.UNPACKED, unpacked.toString());

    assertThat(NativeFile.load(platform, LIBRARY, List.of()).find(FUNCTION)).isPresent();
    assertThat(unpacked.resolve(LIBRARY)).exists();
  }

  @Test
  void anUnpackedLibraryNeedNotBeInTheJars() throws IOException {
    Files.createFile(unpacked.resolve("libgatun_cpu_other.so"));
    assertThat(NativeFile.isPackaged(platform, "libgatun_cpu_other.so")).isFalse();

    System.setProperty(NativeFile.UNPACKED, unpacked.toString());

    assertThat(NativeFile.isPackaged(platform, "libgatun_cpu_other.so")).isTrue();
  }

  @Test
  void whatIsNotUnpackedComesFromTheJars(@TempDir Path elsewhere) {
    System.setProperty(NativeFile.UNPACKED, unpacked.toString());

    assertThat(NativeFile.load(platform, LIBRARY, List.of(elsewhere)).find(FUNCTION)).isPresent();
    assertThat(elsewhere).isEmptyDirectory();
  }

  @Test
  void anUnpackedFileThatIsNoLibraryIsNamed() throws IOException {
    Path file = Files.writeString(unpacked.resolve(LIBRARY), "not a library");
    System.setProperty(NativeFile.UNPACKED, unpacked.toString());

    assertThatThrownBy(() -> NativeFile.load(platform, LIBRARY, List.of()))
        .isInstanceOf(BackendException.class)
        .hasMessageContaining(file.toString());
  }
}
