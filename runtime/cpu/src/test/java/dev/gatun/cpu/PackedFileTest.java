package dev.gatun.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PackedFileTest {
  private static final long SEED = 7;

  @TempDir private Path directory;

  private static Map<String, MemorySegment> pieces(Arena arena) {
    Random random = new Random(SEED);
    Map<String, MemorySegment> pieces = new LinkedHashMap<>();
    for (int bytes : new int[] {1, 64, 4096, 4097, 70_000}) {
      byte[] content = new byte[bytes];
      random.nextBytes(content);
      pieces.put("layer." + bytes, arena.allocateFrom(ValueLayout.JAVA_BYTE, content));
    }
    return pieces;
  }

  private Path written() throws IOException {
    Path file = directory.resolve("weights.packed");
    try (Arena arena = Arena.ofConfined()) {
      PackedFile.write(file, pieces(arena));
    }
    return file;
  }

  @Test
  void whatIsMappedIsWhatWasWritten() throws IOException {
    Path file = written();
    try (Arena arena = Arena.ofConfined()) {
      Map<String, MemorySegment> expected = pieces(arena);
      Map<String, MemorySegment> mapped = PackedFile.map(file, arena);

      assertThat(mapped.keySet()).containsExactlyElementsOf(expected.keySet());
      mapped.forEach(
          (name, piece) -> {
            assertThat(piece.mismatch(expected.get(name))).as(name).isEqualTo(-1);
            assertThat(piece.address() % 64).as(name).isZero();
            assertThat(piece.isReadOnly()).isTrue();
          });
    }
  }

  @Test
  void aFileThatIsThereIsNotWrittenOver() throws IOException {
    Path file = written();
    try (Arena arena = Arena.ofConfined()) {
      assertThatThrownBy(() -> PackedFile.write(file, pieces(arena)))
          .isInstanceOf(FileAlreadyExistsException.class);
    }
  }

  @Test
  void aFileThatIsCutShortIsRefused() throws IOException {
    byte[] whole = Files.readAllBytes(written());
    for (int length : new int[] {0, 7, 16, 40, 5000, whole.length - 1}) {
      refuses(Arrays.copyOf(whole, length));
    }
  }

  @Test
  void aDamagedIndexIsRefused() throws IOException {
    byte[] whole = Files.readAllBytes(written());
    for (int at : new int[] {0, 8, 11, 12, 20, 30}) {
      byte[] damaged = whole.clone();
      damaged[at] ^= 0x40;
      refuses(damaged);
    }
  }

  private void refuses(byte[] content) throws IOException {
    Path file = Files.write(directory.resolve("damaged.packed"), content);
    try (Arena arena = Arena.ofConfined()) {
      assertThatThrownBy(() -> PackedFile.map(file, arena))
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith("it");
    }
  }
}
