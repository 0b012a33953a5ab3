package dev.gatun.tensor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Reads how much memory this process may use: the tightest of the machine's memory and the cgroup
 * limits (v2 or v1) of this process and of the groups above it. Page cache that the kernel can drop
 * (inactive files) counts as available, as it does for the kernel and for Kubernetes. Stateless;
 * any thread.
 */
public final class HostMemory {
  private final Path meminfo;
  private final Path ownCgroups;
  private final Path cgroupMount;

  /**
   * Over the files below a root directory.
   *
   * @param root {@code /} on a machine; a directory with {@code proc} and {@code sys} in tests
   */
  public HostMemory(Path root) {
    meminfo = root.resolve("proc/meminfo");
    ownCgroups = root.resolve("proc/self/cgroup");
    cgroupMount = root.resolve("sys/fs/cgroup");
  }

  /** This machine's. */
  public static HostMemory ofMachine() {
    return new HostMemory(Path.of("/"));
  }

  /**
   * The figures now.
   *
   * @throws BackendException if /proc/meminfo cannot be read or lacks a figure
   */
  public MemoryFacts read() {
    MemoryFacts facts = machine();
    for (String line : linesIfPresent(ownCgroups)) {
      String[] fields = line.split(":", 3);
      if (fields.length != 3) {
        continue;
      }
      if (fields[0].equals("0") && fields[1].isEmpty()) {
        facts = tightest(facts, cgroupMount, fields[2], Layout.V2);
      } else if (List.of(fields[1].split(",")).contains("memory")) {
        facts = tightest(facts, cgroupMount.resolve("memory"), fields[2], Layout.V1);
      }
    }
    return facts;
  }

  private MemoryFacts machine() {
    List<String> lines = linesIfPresent(meminfo);
    OptionalLong total = figure(lines, "MemTotal:");
    OptionalLong available = figure(lines, "MemAvailable:");
    if (total.isEmpty() || available.isEmpty()) {
      throw new BackendException("no MemTotal and MemAvailable in " + meminfo);
    }
    return new MemoryFacts(total.getAsLong() * 1024, available.getAsLong() * 1024, "/proc/meminfo");
  }

  /** Walks from the process's own group up to the mount; in a container the two are the same. */
  private static MemoryFacts tightest(
      MemoryFacts facts, Path mount, String groupPath, Layout layout) {
    Path relative = Path.of("/").relativize(Path.of(groupPath).normalize());
    MemoryFacts result = facts;
    for (Path group = relative; group != null; group = group.getParent()) {
      result = tighter(result, readGroup(mount.resolve(group), layout));
    }
    return tighter(result, readGroup(mount, layout));
  }

  private static MemoryFacts tighter(MemoryFacts known, @Nullable MemoryFacts group) {
    if (group == null) {
      return known;
    }
    MemoryFacts smaller = group.totalBytes() < known.totalBytes() ? group : known;
    // A group with the larger limit may still have less left: others share it.
    long available = Math.min(known.availableBytes(), group.availableBytes());
    return new MemoryFacts(smaller.totalBytes(), available, smaller.source());
  }

  /** Null where the group has no limit: the file is absent (root group) or says {@code max}. */
  private static @Nullable MemoryFacts readGroup(Path group, Layout layout) {
    OptionalLong limit = figure(linesIfPresent(group.resolve(layout.limitFile)), "");
    OptionalLong usage = figure(linesIfPresent(group.resolve(layout.usageFile)), "");
    if (limit.isEmpty() || usage.isEmpty()) {
      return null;
    }
    List<String> stat = linesIfPresent(group.resolve("memory.stat"));
    long droppable = figure(stat, layout.inactiveFileKey).orElse(0);
    long used = Math.max(0, usage.getAsLong() - droppable);
    long available = Math.max(0, limit.getAsLong() - used);
    return new MemoryFacts(limit.getAsLong(), available, layout.source);
  }

  /** The number behind the key on the line that starts with it. */
  private static OptionalLong figure(List<String> lines, String key) {
    for (String line : lines) {
      if (line.startsWith(key)) {
        String digits = line.substring(key.length()).replace("kB", "").trim();
        return digits.matches("\\d{1,18}|[1-8]\\d{18}")
            ? OptionalLong.of(Long.parseLong(digits))
            : OptionalLong.empty();
      }
    }
    return OptionalLong.empty();
  }

  private static List<String> linesIfPresent(Path file) {
    if (!Files.isReadable(file)) {
      return List.of();
    }
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      throw new BackendException("cannot read " + file, e);
    }
  }

  private enum Layout {
    V2("cgroup v2 memory.max", "memory.max", "memory.current", "inactive_file "),
    V1(
        "cgroup v1 memory.limit_in_bytes",
        "memory.limit_in_bytes",
        "memory.usage_in_bytes",
        "total_inactive_file ");

    private final String source;
    private final String limitFile;
    private final String usageFile;
    private final String inactiveFileKey;

    Layout(String source, String limitFile, String usageFile, String inactiveFileKey) {
      this.source = source;
      this.limitFile = limitFile;
      this.usageFile = usageFile;
      this.inactiveFileKey = inactiveFileKey;
    }
  }
}
