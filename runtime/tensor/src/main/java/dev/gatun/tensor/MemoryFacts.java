package dev.gatun.tensor;

/**
 * Memory that a backend can plan with, in bytes.
 *
 * @param totalBytes the limit: device memory, the container's limit or the machine's memory
 * @param availableBytes what of it is free now
 * @param source where the figures come from, for messages (for example {@code cgroup v2
 *     memory.max})
 */
public record MemoryFacts(long totalBytes, long availableBytes, String source) {}
