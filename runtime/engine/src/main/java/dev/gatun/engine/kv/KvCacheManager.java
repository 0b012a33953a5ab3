package dev.gatun.engine.kv;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Gives blocks to sequences and takes them back. Block tables are made here at start, one per
 * request that may run at once, so that integrity can be judged over all of them. Engine thread
 * only.
 *
 * <p>With prefix caching a full block keeps its contents when it is freed, until it is reused:
 *
 * <pre>
 *   allocateSlots -> computed -> cacheFullBlocks -> free -> findPrefix, usePrefix (by another)
 *                                                     \-> allocateSlots (evicted: others' contents)
 * </pre>
 */
public final class KvCacheManager {

  /** Stands for a sequence of which nothing is kept. */
  public static final int NOT_PARKED = SwapSpace.NONE;

  private final BlockPool pool;
  private final int blockSize;
  private final List<BlockTable> tables = new ArrayList<>();

  /** Null without prefix caching. */
  private final @Nullable PrefixCache cache;

  private final BlockHasher hasher;

  /** Null without swap space. */
  private @Nullable SwapSpace swap;

  private long numEvictions;

  /**
   * Makes a cache of {@code numBlocks} free blocks.
   *
   * @param numBlocks without the null block
   * @param blockSize tokens per block, >= 1
   * @param enablePrefixCaching whether full blocks are kept for sequences that start the same
   */
  public KvCacheManager(int numBlocks, int blockSize, boolean enablePrefixCaching) {
    if (blockSize < 1 || (numBlocks + 1L) * blockSize > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "slots must be ints: " + numBlocks + " blocks of " + blockSize + " tokens");
    }
    this.pool = new BlockPool(numBlocks);
    this.blockSize = blockSize;
    cache = enablePrefixCaching ? new PrefixCache(numBlocks, blockSize) : null;
    hasher = new BlockHasher(blockSize);
  }

  /**
   * Makes room for the books of a swap space; its memory is somebody else's affair. At start.
   *
   * @param numSlots blocks of it, at least 1
   * @param maxParked sequences parked at once
   * @param maxTokens of the longest of them
   */
  public void claimSwapSpace(int numSlots, int maxParked, int maxTokens) {
    swap = new SwapSpace(numSlots, maxParked, numBlocksFor(maxTokens), blockSize, pool.numBlocks());
  }

  /** An empty table for a sequence of up to {@code maxTokens} tokens. Called at start. */
  public BlockTable newTable(int maxTokens) {
    BlockTable table = new BlockTable(blockSize, numBlocksFor(maxTokens));
    tables.add(table);
    return table;
  }

  /** Room for the cached blocks of a sequence of up to {@code maxTokens} tokens. At start. */
  public CachedPrefix newPrefix(int maxTokens) {
    return new CachedPrefix(numBlocksFor(maxTokens));
  }

  public int blockSize() {
    return blockSize;
  }

  public int numBlocks() {
    return pool.numBlocks();
  }

  /** Blocks that nobody holds, cached ones among them. */
  public int numFreeBlocks() {
    return pool.numFree();
  }

  /** Blocks that a later sequence may find, held or free. */
  public int numCachedBlocks() {
    return cache == null ? 0 : cache.size();
  }

  /** Cached blocks that were reused for other contents, since start. */
  public long numEvictions() {
    return numEvictions;
  }

  /**
   * Blocks that become free if the table is emptied, near enough for forecasts: what sequences
   * share are their first blocks.
   */
  public int numOwnBlocks(BlockTable table) {
    int low = 0;
    int high = table.numBlocks();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (pool.isShared(table.blockId(middle))) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return table.numBlocks() - low;
  }

  /** Blocks that a sequence of this many tokens occupies. */
  public int numBlocksFor(int numTokens) {
    return (int) ((numTokens + (blockSize - 1L)) / blockSize);
  }

  /**
   * Makes sure that the table has slots for the first {@code numTokens} tokens of its sequence.
   *
   * @return false on shortage; then nothing has changed
   */
  public boolean allocateSlots(BlockTable table, int numTokens) {
    int numMissing = numBlocksFor(numTokens) - table.numBlocks();
    Invariant.check(
        table.numBlocks() + numMissing <= table.maxBlocks(),
        "blocks within the table",
        table.numBlocks() + numMissing,
        table.maxBlocks());
    if (numMissing > pool.numFree()) {
      return false;
    }
    for (int i = 0; i < numMissing; i++) {
      table.append(allocate());
    }
    return true;
  }

  private int allocate() {
    int id = pool.allocate();
    if (swap != null) {
      swap.onReuse(id);
    }
    if (cache != null && cache.contains(id)) {
      cache.remove(id);
      numEvictions++;
    }
    return id;
  }

  /**
   * Looks for the longest run of cached blocks with which the sequence starts; changes nothing.
   *
   * @param prefix receives the blocks
   * @param hashes of the sequence; blocks without one are not looked for
   * @param tokenIds the sequence
   * @param maxTokens the run is no longer than this
   */
  public void findPrefix(CachedPrefix prefix, BlockHashes hashes, int[] tokenIds, int maxTokens) {
    prefix.clear();
    if (cache == null) {
      return;
    }
    int maxBlocks = Math.min(hashes.numBlocks(), maxTokens / blockSize);
    long parentSerial = PrefixCache.ROOT;
    for (int i = 0; i < maxBlocks; i++) {
      int id = cache.find(hashes, i, tokenIds, parentSerial);
      if (id == BlockPool.NULL_BLOCK) {
        return;
      }
      prefix.add(id, !pool.isFree(id));
      parentSerial = cache.serial(id);
    }
  }

  /**
   * Leading blocks of a range that a sequence has in flight and another one wants: once their step
   * is done, {@link #findPrefix} finds them.
   *
   * @param table of the sequence, with its hashes
   * @param numComputedTokens its tokens that have been computed or are in flight
   * @param wanted hashes of the other sequence
   * @param from first block of the range
   * @param to block behind the range, which {@code wanted} covers
   */
  public int numComingBlocks(
      BlockTable table,
      BlockHashes hashes,
      int numComputedTokens,
      BlockHashes wanted,
      int from,
      int to) {
    int end = Math.min(to, Math.min(hashes.numBlocks(), numComputedTokens / blockSize));
    boolean isInFlight = cache != null && from >= table.numSeenBlocks() && from < end;
    return isInFlight ? hashes.numEqual(wanted, from, end) : 0;
  }

  /** Makes the blocks just found the first ones of an empty table, so that nobody evicts them. */
  public void usePrefix(BlockTable table, CachedPrefix prefix) {
    Invariant.check(table.numBlocks() == 0, "an empty table", table.numBlocks(), 0);
    if (cache == null) {
      return;
    }
    for (int i = 0; i < prefix.numBlocks(); i++) {
      int id = prefix.blockId(i);
      Invariant.check(cache.contains(id), "a cached block", id, i);
      pool.share(id);
      table.append(id);
      table.markSeen(cache.serial(id));
    }
  }

  /**
   * Offers to others the table's full blocks that have been computed, hashing those that have no
   * hash yet. Cost is that of the blocks filled since the last call.
   *
   * @param tokenIds the sequence; its first {@code numComputedTokens} have their KV in the blocks
   */
  public void cacheFullBlocks(
      BlockTable table, BlockHashes hashes, int[] tokenIds, int numComputedTokens) {
    int numFull = numComputedTokens / blockSize;
    if (cache == null || table.numSeenBlocks() >= numFull) {
      return;
    }
    hasher.extend(hashes, tokenIds, numComputedTokens);
    for (int i = table.numSeenBlocks(); i < numFull; i++) {
      table.markSeen(cache.register(table.blockId(i), hashes, i, tokenIds, table.lastSerial()));
    }
  }

  /**
   * Hashes full blocks that have no hash yet, for a sequence that holds no blocks any more but is
   * going to look for them.
   *
   * @param tokenIds the sequence, its first {@code numTokens}
   */
  public void hashFullBlocks(BlockHashes hashes, int[] tokenIds, int numTokens) {
    if (cache != null) {
      hasher.extend(hashes, tokenIds, numTokens);
    }
  }

  /**
   * Empties the table. Last block first, so that the tail of a sequence, which is of least use to
   * others, is reused before its head; with prefix caching, blocks that are not cached, before all
   * others.
   */
  public void free(BlockTable table) {
    while (table.numBlocks() > 0) {
      int id = table.removeLast();
      if (cache == null || cache.contains(id)) {
        pool.release(id);
      } else {
        pool.releaseToFront(id);
      }
    }
  }

  /**
   * Empties the table of a sequence that is going to come back, with its blocks watched by the swap
   * space: {@link #restore} brings back what they hold.
   *
   * @param numComputedTokens leading tokens of the sequence whose KV is in the blocks once the
   *     steps planned so far are done
   * @return what stands for the parked sequence, or {@link #NOT_PARKED} if it has to be recomputed
   */
  public int park(BlockTable table, int numComputedTokens) {
    int parked = swap == null ? NOT_PARKED : swap.park(table, numComputedTokens);
    free(table);
    return parked;
  }

  /**
   * Leading tokens of a sequence that need not be computed: those of the cached prefix and, behind
   * it, those that a parked sequence still has.
   *
   * @param maxTokens no more than these, beyond the prefix
   */
  public int numRestorableTokens(int parked, CachedPrefix prefix, int maxTokens) {
    int numFound = prefix.numBlocks() * blockSize;
    if (parked == NOT_PARKED || swap == null) {
      return numFound;
    }
    int most = Math.min(swap.numTokens(parked), maxTokens);
    int place = prefix.numBlocks();
    while ((long) place * blockSize < most && isRestorable(swap, parked, place)) {
      place++;
    }
    return Math.max(numFound, (int) Math.min(most, (long) place * blockSize));
  }

  /** A block that others hold or may find is not taken as it is: its owner is going to write. */
  private boolean isRestorable(SwapSpace space, int parked, int place) {
    int id = space.blockId(parked, place);
    boolean isCached = cache != null && cache.contains(id);
    return space.isSaved(parked, place)
        || (space.isWatched(parked, place) && pool.isFree(id) && !isCached);
  }

  /**
   * Gives the table, which holds the cached prefix, the blocks of a parked sequence up to its first
   * {@code numTokens} tokens, and ends the parking. Blocks must suffice.
   *
   * @return tokens that are copied back from the swap space
   */
  public int restore(BlockTable table, int parked, int numTokens) {
    if (parked == NOT_PARKED || swap == null) {
      return 0;
    }
    SwapSpace space = swap;
    long tokensInBefore = space.totalTokensIn();
    int numBlocks = numBlocksFor(numTokens);
    space.unwatchAll(parked);
    // Those still in the pool first, so that none of them is allocated for a saved one.
    for (int i = table.numBlocks(); i < numBlocks; i++) {
      if (!space.isSaved(parked, i)) {
        pool.share(space.blockId(parked, i));
      }
    }
    for (int i = table.numBlocks(); i < numBlocks; i++) {
      if (space.isSaved(parked, i)) {
        int id = allocate();
        table.append(id);
        space.copyBack(parked, i, id);
      } else {
        table.append(space.blockId(parked, i));
      }
    }
    space.release(parked);
    return (int) (space.totalTokensIn() - tokensInBefore);
  }

  /** Ends the parking of a sequence that does not come back. */
  public void unpark(int parked) {
    if (parked != NOT_PARKED && swap != null) {
      swap.release(parked);
    }
  }

  /** Tokens of a parked sequence that were copied to the swap space. */
  public int numSavedTokens(int parked) {
    return parked == NOT_PARKED || swap == null ? 0 : swap.numSavedTokens(parked);
  }

  /** Moves the copies that have become due to the end of the list. */
  public void takeCopies(BlockCopies copies) {
    if (swap != null) {
      copies.take(swap.copies());
    }
  }

  /** Blocks of the swap space, 0 without one. */
  public int numSwapBlocks() {
    return swap == null ? 0 : swap.numSlots();
  }

  /** Blocks of the swap space that hold nothing. */
  public int numFreeSwapBlocks() {
    return swap == null ? 0 : swap.numFreeSlots();
  }

  /** Sequences whose KV is watched or kept by the swap space. */
  public int numParked() {
    return swap == null ? 0 : swap.numParked();
  }

  /** Tokens copied to the swap space since start. */
  public long totalTokensSwappedOut() {
    return swap == null ? 0 : swap.totalTokensOut();
  }

  /** Tokens copied back from it. */
  public long totalTokensSwappedIn() {
    return swap == null ? 0 : swap.totalTokensIn();
  }

  /** Empties the table and lets nobody else read what is in its blocks. */
  public void discard(BlockTable table) {
    for (int i = 0; i < table.numBlocks(); i++) {
      if (cache != null && cache.contains(table.blockId(i))) {
        cache.remove(table.blockId(i));
      }
    }
    free(table);
  }

  /**
   * Forgets the contents of all blocks that nobody holds.
   *
   * @return whether the prefix cache is empty now; else running sequences hold cached blocks
   */
  public boolean resetPrefixCache() {
    if (cache == null) {
      return true;
    }
    for (int id = 1; id <= pool.numBlocks(); id++) {
      if (pool.isFree(id) && cache.contains(id)) {
        cache.remove(id);
      }
    }
    return cache.size() == 0;
  }

  /** Blocks referenced by sequences / blocks of the pool, 0 to 1. */
  public double usage() {
    return (pool.numBlocks() - pool.numFree()) / (double) pool.numBlocks();
  }

  /**
   * Counts every reference anew and compares. Cost is that of the whole pool: for tests, failures
   * and idle moments.
   *
   * @throws IllegalStateException naming the first difference
   */
  public void checkIntegrity() {
    int[] references = new int[pool.numBlocks() + 1];
    for (BlockTable table : tables) {
      Invariant.check(
          table.numSeenBlocks() <= table.numBlocks(),
          "blocks seen by the cache within the table",
          table.numSeenBlocks(),
          table.numBlocks());
      for (int i = 0; i < table.numBlocks(); i++) {
        references[table.blockId(i)]++;
      }
    }
    pool.checkIntegrity(references);
    if (cache != null) {
      cache.checkIntegrity();
    }
    if (swap != null) {
      swap.checkIntegrity();
    }
  }
}
