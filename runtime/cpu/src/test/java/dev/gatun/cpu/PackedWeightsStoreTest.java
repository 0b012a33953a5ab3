package dev.gatun.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.tensor.PackedWeightsPlace;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PackedWeightsStoreTest {
  private static final String NAME = "layers.0.qkv.0";
  private static final byte[] PACKED = {1, 2, 3, 4, 5};

  @TempDir private Path directory;

  @BeforeEach
  void needsALibrary() {
    Libraries.assumeRuns(CpuIsa.BASELINE);
  }

  private PackedWeightsStore open(String label, String key) {
    CpuLibrary library = CpuLibrary.load(CpuIsa.BASELINE, NativeFile.directories());
    return new PackedWeightsStore(new PackedWeightsPlace(directory, label, key), library);
  }

  private void keep(String label, String key) {
    try (Arena arena = Arena.ofShared();
        PackedWeightsStore store = open(label, key)) {
      store.keep(NAME, arena.allocateFrom(ValueLayout.JAVA_BYTE, PACKED));
      store.save();
      store.awaitSaved();
    }
  }

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void findsWhatAnEarlierStartKept() throws IOException {
    keep("m-int8", "00");

    try (PackedWeightsStore store = open("m-int8", "00")) {
      MemorySegment found = store.find(NAME, PACKED.length);
      assertThat(found).isNotNull();
      assertThat(found.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(PACKED);
      assertThat(store.find(NAME, PACKED.length + 1)).isNull();
      assertThat(store.find("another", PACKED.length)).isNull();
    }
    assertThat(files()).singleElement().asString().startsWith("m-int8-baseline-");
  }

  @Test
  void nothingIsWrittenWhereAllWasFound() throws IOException {
    keep("m", "00");
    Path file = directory.resolve(files().get(0));
    FileTime before = FileTime.from(Instant.EPOCH);
    Files.setLastModifiedTime(file, before);

    try (PackedWeightsStore store = open("m", "00")) {
      assertThat(store.find(NAME, PACKED.length)).isNotNull();
      store.save();
      store.awaitSaved();
    }
    assertThat(Files.getLastModifiedTime(file)).isEqualTo(before);
  }

  @Test
  void anotherModelFindsNothingAndReplacesTheFileOfItsLabelAlone() throws IOException {
    keep("m", "00");
    keep("other", "00");
    List<String> before = files();
    try (PackedWeightsStore store = open("m", "01")) {
      assertThat(store.find(NAME, PACKED.length)).isNull();
    }

    keep("m", "01");

    assertThat(files()).hasSize(2).doesNotContain(before.get(0)).contains(before.get(1));
  }

  @Test
  void whatAKilledProcessLeftGoesAfterAnHour() throws IOException {
    Path abandoned = Files.createFile(directory.resolve("m-baseline-0.packed.1.unfinished"));
    Path recent = Files.createFile(directory.resolve("m-baseline-0.packed.2.unfinished"));
    Files.setLastModifiedTime(abandoned, FileTime.from(Instant.EPOCH));

    keep("m", "00");

    assertThat(abandoned).doesNotExist();
    assertThat(recent).exists();
  }

  @Test
  void aDamagedFileIsPackedAgain() throws IOException {
    keep("m", "00");
    Files.write(directory.resolve(files().get(0)), new byte[20]);
    try (PackedWeightsStore store = open("m", "00")) {
      assertThat(store.find(NAME, PACKED.length)).isNull();
    }

    keep("m", "00");

    try (PackedWeightsStore store = open("m", "00")) {
      assertThat(store.find(NAME, PACKED.length)).isNotNull();
    }
  }

  @Test
  void aPlaceThatCannotBeWrittenToFailsNothing() throws IOException {
    Path file = Files.createFile(directory.resolve("file"));
    directory = file;

    keep("m", "00");

    assertThat(file).isRegularFile().isEmptyFile();
  }
}
