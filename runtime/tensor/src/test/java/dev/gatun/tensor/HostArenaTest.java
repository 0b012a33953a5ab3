package dev.gatun.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class HostArenaTest {
  private static final int MIB = 1 << 20;

  /** Below a huge page, more and no multiple of it, and more than one thread claims at a time. */
  private static final List<Integer> SIZES = List.of(1, 63, 65, 3 * MIB + 1, 70 * MIB + 13, 7);

  @TempDir private Path root;

  @Test
  void everyTensorIsZeroedAlignedAndItsOwn() {
    try (HostArena arena = new HostArena(HostMemory.ofMachine())) {
      List<MemorySegment> all = new ArrayList<>();
      for (int size : SIZES) {
        MemorySegment data = bytes(arena, size);
        assertThat(data.byteSize()).isEqualTo(size);
        assertThat(data.address() % 64).isZero();
        assertThat(data.mismatch(MemorySegment.ofArray(new byte[size]))).isEqualTo(-1);
        data.fill((byte) (all.size() + 1));
        all.add(data);
      }
      for (int i = 0; i < all.size(); i++) {
        byte[] expected = new byte[SIZES.get(i)];
        MemorySegment.ofArray(expected).fill((byte) (i + 1));
        assertThat(all.get(i).mismatch(MemorySegment.ofArray(expected))).isEqualTo(-1);
      }
    }
  }

  private static MemorySegment bytes(HostArena arena, int size) {
    return arena.allocate(DType.U8, Shape.of(size), "bytes").data();
  }

  /** Two do not fit into one region, the next is larger than any. */
  @Test
  void tensorsAsLargeAsRegionsAreWhole() {
    long available = HostMemory.ofMachine().read().availableBytes();
    if (available < 4L << 30) {
      System.out.println("HostArenaTest skipped: " + available + " bytes available, 4 GiB needed");
    }
    assumeTrue(available >= 4L << 30, "4 GiB of memory are needed");
    try (HostArena arena = new HostArena(HostMemory.ofMachine())) {
      for (long size : new long[] {600L * MIB, 600L * MIB, 1100L * MIB}) {
        MemorySegment data = arena.allocate(DType.U8, Shape.of(size), "large").data();
        assertThat(data.byteSize()).isEqualTo(size);
        assertThat(data.get(ValueLayout.JAVA_BYTE, size - 1)).isZero();
        data.set(ValueLayout.JAVA_BYTE, size - 1, (byte) 1);
      }
    }
  }

  @Test
  void closingFreesEverything() {
    HostArena arena = new HostArena(HostMemory.ofMachine());
    MemorySegment small = bytes(arena, 100);
    MemorySegment large = bytes(arena, 80 * MIB);
    arena.close();

    assertThat(small.scope().isAlive()).isFalse();
    assertThat(large.scope().isAlive()).isFalse();
    assertThatThrownBy(() -> bytes(arena, 1))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("allocate for bytes on a closed backend");
    arena.close();
  }

  @Test
  void memoryThatIsNotThereIsRefusedBeforeItIsClaimed() throws IOException {
    Files.createDirectories(root.resolve("proc"));
    Files.writeString(root.resolve("proc/meminfo"), "MemTotal: 4096 kB\nMemAvailable: 3072 kB\n");
    try (HostArena arena = new HostArena(new HostMemory(root))) {
      bytes(arena, 3 * MIB);

      assertThatThrownBy(() -> bytes(arena, 3 * MIB + 1))
          .isInstanceOf(BackendException.class)
          .hasMessage("bytes needs 3145729 bytes, 3145728 are available");
    }
  }

  @Test
  void pagesAreClaimedWithTheKernelsHelpOrWithout() {
    try (Arena arena = Arena.ofShared()) {
      MemorySegment pages = HostPages.reserve(70L * MIB, arena);
      if (pages == null) {
        System.out.println("HostArenaTest skipped: no pages to reserve on this system");
      }
      assumeTrue(pages != null, "no pages to reserve on this system");
      HostPages.touch(pages.asSlice(0, 2 * MIB));
      pages.set(ValueLayout.JAVA_BYTE, 5, (byte) 1);
      HostPages.claim(pages);

      assertThat(pages.get(ValueLayout.JAVA_BYTE, 5)).as("kept by claim").isEqualTo((byte) 1);
      assertThat(pages.asSlice(6).mismatch(MemorySegment.ofArray(new byte[70 * MIB - 6])))
          .isEqualTo(-1);
    }
  }
}
