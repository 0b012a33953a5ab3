package dev.gatun.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class HostMemoryTest {
  private static final long GIB = 1L << 30;

  @TempDir private Path root;

  @BeforeEach
  void machineOf16Gib() throws IOException {
    write(
        "proc/meminfo",
        """
        MemTotal:       16777216 kB
        MemFree:         1048576 kB
        MemAvailable:    8388608 kB
        """);
  }

  private void write(String path, String text) throws IOException {
    Path file = root.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  private MemoryFacts read() {
    return new HostMemory(root).read();
  }

  @Test
  void machineWithoutCgroups() {
    assertThat(read()).isEqualTo(new MemoryFacts(16 * GIB, 8 * GIB, "/proc/meminfo"));
  }

  @Test
  void cgroupV2LimitCountsDroppableCacheAsAvailable() throws IOException {
    write("proc/self/cgroup", "0::/\n");
    write("sys/fs/cgroup/memory.max", 4 * GIB + "\n");
    write("sys/fs/cgroup/memory.current", 3 * GIB + "\n");
    write("sys/fs/cgroup/memory.stat", "anon 1\ninactive_file " + GIB + "\nactive_file 5\n");

    assertThat(read()).isEqualTo(new MemoryFacts(4 * GIB, 2 * GIB, "cgroup v2 memory.max"));
  }

  @Test
  void cgroupV2WithoutLimitLeavesTheMachine() throws IOException {
    write("proc/self/cgroup", "0::/\n");
    write("sys/fs/cgroup/memory.max", "max\n");
    write("sys/fs/cgroup/memory.current", 3 * GIB + "\n");

    assertThat(read().source()).isEqualTo("/proc/meminfo");
  }

  @Test
  void tightestGroupAboveCounts() throws IOException {
    write("proc/self/cgroup", "0::/pods/one/main\n");
    write("sys/fs/cgroup/pods/one/main/memory.max", "max\n");
    write("sys/fs/cgroup/pods/one/main/memory.current", "1\n");
    write("sys/fs/cgroup/pods/one/memory.max", 2 * GIB + "\n");
    write("sys/fs/cgroup/pods/one/memory.current", GIB + "\n");
    write("sys/fs/cgroup/pods/memory.max", 6 * GIB + "\n");
    write("sys/fs/cgroup/pods/memory.current", 5 * GIB + GIB / 2 + "\n");

    MemoryFacts facts = read();

    assertThat(facts.totalBytes()).isEqualTo(2 * GIB);
    // The outer group has only half a GiB left to give.
    assertThat(facts.availableBytes()).isEqualTo(GIB / 2);
  }

  @Test
  void availableNeverExceedsWhatTheMachineHas() throws IOException {
    write("proc/self/cgroup", "0::/\n");
    write("sys/fs/cgroup/memory.max", 12 * GIB + "\n");
    write("sys/fs/cgroup/memory.current", "0\n");

    assertThat(read()).isEqualTo(new MemoryFacts(12 * GIB, 8 * GIB, "cgroup v2 memory.max"));
  }

  @Test
  void usageAboveTheLimitLeavesNothing() throws IOException {
    write("proc/self/cgroup", "0::/\n");
    write("sys/fs/cgroup/memory.max", GIB + "\n");
    write("sys/fs/cgroup/memory.current", 2 * GIB + "\n");

    assertThat(read().availableBytes()).isZero();
  }

  @Test
  void cgroupV1Limit() throws IOException {
    write("proc/self/cgroup", "12:cpu,cpuacct:/x\n5:memory:/docker/abc\n0::/\n");
    write("sys/fs/cgroup/memory/memory.limit_in_bytes", 4 * GIB + "\n");
    write("sys/fs/cgroup/memory/memory.usage_in_bytes", 3 * GIB + "\n");
    write("sys/fs/cgroup/memory/memory.stat", "inactive_file 1\ntotal_inactive_file " + GIB);

    assertThat(read())
        .isEqualTo(new MemoryFacts(4 * GIB, 2 * GIB, "cgroup v1 memory.limit_in_bytes"));
  }

  @Test
  void cgroupV1WithoutLimitLeavesTheMachine() throws IOException {
    write("proc/self/cgroup", "5:memory:/\n");
    write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    write("sys/fs/cgroup/memory/memory.usage_in_bytes", GIB + "\n");

    assertThat(read().source()).isEqualTo("/proc/meminfo");
  }

  @Test
  void missingMeminfoIsNamed() throws IOException {
    Files.delete(root.resolve("proc/meminfo"));

    assertThatThrownBy(this::read)
        .isInstanceOf(BackendException.class)
        .hasMessageContaining("meminfo");
  }

  @Test
  void garbledFiguresAreNotGuessed() throws IOException {
    write("proc/meminfo", "MemTotal: plenty kB\nMemAvailable: 5 kB\n");

    assertThatThrownBy(this::read).isInstanceOf(BackendException.class);
  }
}
