/**
 * Which free block to evict: workloads at the level of blocks replayed against eviction policies,
 * {@link dev.gatun.engine.bench.evict.EvictionBench}. Counts only, so figures are the same on every
 * machine.
 */
@NullMarked
package dev.gatun.engine.bench.evict;

import org.jspecify.annotations.NullMarked;
