package dev.gatun.server.plan;

import dev.gatun.server.config.ConfigException;
import dev.gatun.tensor.BackendException;
import dev.gatun.tensor.MemoryFacts;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * How the memory is shared out.
 *
 * @param numBlocks KV blocks that requests can use; the null block comes on top
 */
public record MemoryPlan(MemoryDemand demand, int numBlocks) {
  /** Largest KV cache that a host device claims unasked; vLLM's default on CPUs. */
  static final long HOST_KV_BYTES = 4L << 30;

  /**
   * Makes the plan.
   *
   * @throws ConfigException if it cannot work: what is needed, what there is and the value that
   *     works
   */
  public static MemoryPlan of(MemoryDemand demand) {
    checkFree(demand);
    long room = demand.budgetBytes() - demand.fixedBytes();
    long wanted = wantedBlocks(demand, room);
    // The null block takes memory like any other.
    long needed = (wanted + 1) * demand.bytesPerBlock();
    if (needed > room) {
      throw tooLarge(demand, needed, room);
    }
    if (wanted < demand.blocksOfLongestRequest()) {
      throw tooSmall(demand, wanted, room);
    }
    return new MemoryPlan(demand, Math.toIntExact(wanted));
  }

  /** What others hold of a device cannot be planned with; on a host it may go any time. */
  private static void checkFree(MemoryDemand demand) {
    MemoryFacts facts = demand.facts();
    if (demand.isHost() || demand.budgetBytes() <= facts.availableBytes()) {
      return;
    }
    throw new ConfigException(
        "--gpu-memory-utilization %s asks for %s of %s (%s), of which %s are free; %s"
            .formatted(
                demand.options().memoryUtilization(),
                bytes(demand.budgetBytes()),
                bytes(facts.totalBytes()),
                facts.source(),
                bytes(facts.availableBytes()),
                shareOf(facts)));
  }

  /** The way out where others hold memory. */
  private static String shareOf(MemoryFacts facts) {
    double share = (double) facts.availableBytes() / facts.totalBytes();
    return String.format(
        Locale.ROOT,
        "--gpu-memory-utilization %.2f works, or end what holds the rest",
        Math.floor(share * 100) / 100);
  }

  /**
   * The error of a device that does not give what was planned.
   *
   * @param refusal says how much, and of what
   * @param now what the device says after that
   */
  public ConfigException refused(BackendException refusal, MemoryFacts now) {
    return new ConfigException("%s; %s".formatted(refusal.getMessage(), shareOf(now)), refusal);
  }

  private static long wantedBlocks(MemoryDemand demand, long room) {
    if (demand.options().numBlocksOverride().isPresent()) {
      return demand.options().numBlocksOverride().getAsInt();
    }
    if (demand.options().kvCacheBytes().isPresent()) {
      return Math.max(0, demand.options().kvCacheBytes().getAsLong() / demand.bytesPerBlock() - 1);
    }
    long fitting = Math.max(0, room / demand.bytesPerBlock() - 1);
    long full = (long) demand.blocksOfLongestRequest() * demand.maxNumSeqs();
    if (demand.isHost()) {
      // Host memory is shared with everything else on the machine: take what can be used, not all.
      long modest =
          Math.max(HOST_KV_BYTES / demand.bytesPerBlock(), demand.blocksOfLongestRequest());
      return Math.min(fitting, Math.min(full, modest));
    }
    return Math.min(fitting, Integer.MAX_VALUE - 1L);
  }

  private static ConfigException tooLarge(MemoryDemand demand, long needed, long room) {
    long fitting = Math.max(0, room / demand.bytesPerBlock() - 1);
    String fixed = usage(demand);
    if (fitting >= demand.blocksOfLongestRequest()) {
      return new ConfigException(
          ("KV cache of %s does not fit: %s leave %s;"
                  + " --num-gpu-blocks-override %d or --kv-cache-memory-bytes %d works")
              .formatted(
                  bytes(needed),
                  fixed,
                  bytes(room),
                  fitting,
                  (fitting + 1) * demand.bytesPerBlock()));
    }
    return shortage(demand, room, fixed);
  }

  private static ConfigException tooSmall(MemoryDemand demand, long blocks, long room) {
    boolean isChosen =
        demand.options().numBlocksOverride().isPresent()
            || demand.options().kvCacheBytes().isPresent();
    if (!isChosen) {
      return shortage(demand, room, usage(demand));
    }
    int needed = demand.blocksOfLongestRequest();
    return new ConfigException(
        ("a request of --max-model-len %d needs %d KV blocks (%s), the cache has %d:"
                + " --num-gpu-blocks-override %d, --kv-cache-memory-bytes %d%s works")
            .formatted(
                demand.maxModelLen(),
                needed,
                bytes(needed * demand.bytesPerBlock()),
                blocks,
                needed,
                (needed + 1L) * demand.bytesPerBlock(),
                blocks < 1 ? "" : " or --max-model-len " + blocks * demand.options().blockSize()));
  }

  private static ConfigException shortage(MemoryDemand demand, long room, String fixed) {
    long least = (demand.blocksOfLongestRequest() + 1L) * demand.bytesPerBlock();
    long fitting = room / demand.bytesPerBlock() - 1;
    String wayOut =
        fitting >= 1
            ? "--max-model-len %d works".formatted(fitting * demand.options().blockSize())
            : "give the server more memory or take a smaller model";
    long whole = demand.fixedBytes() + least;
    double share = (double) whole / demand.facts().totalBytes();
    if (share <= 0.99) {
      wayOut +=
          String.format(
              Locale.ROOT, ", or --gpu-memory-utilization %.2f", Math.ceil(share * 100) / 100);
    }
    return new ConfigException(
        "a request of --max-model-len %d needs %s of KV cache; %s leave %s; %s"
            .formatted(
                demand.maxModelLen(), bytes(least), fixed, bytes(Math.max(0, room)), wayOut));
  }

  private static String usage(MemoryDemand demand) {
    return ("weights %s and workspace %s%s%s of the %s"
            + " that --gpu-memory-utilization %s allows of %s (%s)")
        .formatted(
            bytes(demand.weightBytes()),
            bytes(demand.workspaceBytes()),
            demand.isHost() ? " and " + process(demand) : "",
            demand.isHost() && demand.swapBytes() > 0
                ? " and swap space " + bytes(demand.swapBytes())
                : "",
            bytes(demand.budgetBytes()),
            demand.options().memoryUtilization(),
            bytes(demand.facts().totalBytes()),
            demand.facts().source());
  }

  /** With the way to make it smaller. */
  private static String process(MemoryDemand demand) {
    return "process %s (Java heap up to %s, -Xmx sets it)"
        .formatted(bytes(demand.processBytes()), bytes(demand.heapReserveBytes()));
  }

  /** Blocks of host memory for preempted requests. */
  public int numSwapBlocks() {
    return demand.numSwapBlocks();
  }

  public long kvBytes() {
    return (numBlocks + 1L) * demand.bytesPerBlock();
  }

  /** All that the server is going to claim of the device. */
  public long claimedBytes() {
    return demand.fixedBytes() + kvBytes();
  }

  public long kvTokens() {
    return (long) numBlocks * demand.options().blockSize();
  }

  /** The plan in lines for the log and {@code gatun inspect}. */
  public List<String> lines() {
    double full = (double) kvTokens() / demand.maxModelLen();
    List<String> lines = new ArrayList<>();
    lines.addAll(
        List.of(
            "memory %s, of which %s may be used (%s)"
                .formatted(
                    bytes(demand.facts().totalBytes()),
                    bytes(demand.budgetBytes()),
                    demand.facts().source()),
            "weights %s%s"
                .formatted(bytes(demand.weightBytes()), demand.isHost() ? ", mapped" : ""),
            "workspace %s".formatted(bytes(demand.workspaceBytes())),
            String.format(
                Locale.ROOT,
                "kv cache %s: %d blocks of %d tokens = %d tokens, %.1f requests of %d tokens",
                bytes(kvBytes()),
                numBlocks,
                demand.options().blockSize(),
                kvTokens(),
                full,
                demand.maxModelLen())));
    if (demand.isHost()) {
      lines.add(process(demand));
    }
    if (numSwapBlocks() > 0) {
      lines.add("swap space %s: %d blocks".formatted(bytes(demand.swapBytes()), numSwapBlocks()));
    }
    return lines;
  }

  /** Human form with binary units: 1.50 GiB, 12.0 MiB, 900 B. */
  static String bytes(long bytes) {
    if (bytes >= 1L << 30) {
      return String.format(Locale.ROOT, "%.2f GiB", bytes / (double) (1L << 30));
    }
    if (bytes >= 1L << 20) {
      return String.format(Locale.ROOT, "%.1f MiB", bytes / (double) (1L << 20));
    }
    if (bytes >= 1L << 10) {
      return String.format(Locale.ROOT, "%.1f KiB", bytes / (double) (1L << 10));
    }
    return bytes + " B";
  }
}
