package dev.gatun.cuda;

import dev.gatun.tensor.AttentionBatch;
import dev.gatun.tensor.BatchLimits;
import dev.gatun.tensor.KvLayer;
import dev.gatun.tensor.Require;
import dev.gatun.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The batches of a backend: gives their arrays' place on the device, copies them there, and checks
 * the indices in them on the host. Batches of the same limits share their place on the device,
 * since steps run in order; so recorded graphs serve them all. One thread at a time.
 */
final class Batches {
  private final CudaDevice device;
  private final DeviceMemory memory;
  private final PinnedMemory pinned;
  private final List<DeviceBatch> batches = new ArrayList<>();
  private final Map<BatchLimits, Place> places = new HashMap<>();
  private @Nullable Set<BatchCheck> recorded;

  Batches(CudaDevice device, DeviceMemory memory, PinnedMemory pinned) {
    this.device = device;
    this.memory = memory;
    this.pinned = pinned;
  }

  /** Where batches of some limits lie on the device. */
  private static final class Place {
    final MemorySegment arrays;
    final List<TilePlan> tilePlans = new ArrayList<>();
    @Nullable DeviceBatch current;

    Place(MemorySegment arrays) {
      this.arrays = arrays;
    }
  }

  AttentionBatch create(BatchLimits limits) {
    long bytes = DeviceBatch.bytes(limits);
    Place place =
        places.computeIfAbsent(limits, _ -> new Place(memory.take(bytes, "attention batch")));
    DeviceBatch made =
        new DeviceBatch(limits, pinned.take(bytes, "attention batch"), place.arrays.address());
    batches.add(made);
    return made.batch();
  }

  /** Newest first: a running engine has two, tests have many. */
  private DeviceBatch find(AttentionBatch batch) {
    for (int i = batches.size() - 1; i >= 0; i--) {
      if (batches.get(i).batch() == batch) {
        return batches.get(i);
      }
    }
    throw new IllegalArgumentException("a batch of another backend");
  }

  private Place place(DeviceBatch batch) {
    Place place = places.get(batch.batch().limits());
    if (place == null) {
      throw new IllegalStateException("no place for " + batch.batch().limits());
    }
    return place;
  }

  /** Queues the copy of a filled batch, and of its tiles where it is known how it is to be cut. */
  DeviceBatch upload(AttentionBatch filled) {
    DeviceBatch batch = find(filled);
    batch.scan();
    Place place = place(batch);
    place.current = batch;
    device.driver().memcpyHtoD(batch.device(), batch.host(), batch.usedBytes(), device.stream());
    for (TilePlan plan : place.tilePlans) {
      copyTiles(plan, batch);
    }
    return batch;
  }

  private void copyTiles(TilePlan plan, DeviceBatch batch) {
    plan.fill(batch);
    if (plan.numTiles() > 0) {
      device.driver().memcpyHtoD(plan.address(), plan.host(), plan.usedBytes(), device.stream());
    }
  }

  /** The batch, which must be the one uploaded last of its limits. */
  DeviceBatch uploaded(AttentionBatch batch) {
    DeviceBatch found = find(batch);
    if (place(found).current != found) {
      throw new IllegalStateException("the batch is not the one that was uploaded last");
    }
    return found;
  }

  /** The batch cut into tiles; the first time of a kind they are copied here. */
  TilePlan tiles(DeviceBatch batch, int group, int smallRows, int largeRows) {
    List<TilePlan> plans = place(batch).tilePlans;
    for (TilePlan plan : plans) {
      if (plan.fits(group, smallRows, largeRows)) {
        return plan;
      }
    }
    long bytes = TilePlan.bytes(batch.batch().limits(), group, smallRows);
    TilePlan plan =
        new TilePlan(
            group,
            smallRows,
            largeRows,
            pinned.take(bytes, "attention tiles"),
            memory.take(bytes, "attention tiles"));
    plans.add(plan);
    copyTiles(plan, batch);
    return plan;
  }

  private @Nullable DeviceBatch holding(Tensor array) {
    for (int i = batches.size() - 1; i >= 0; i--) {
      if (batches.get(i).holds(array)) {
        return batches.get(i);
      }
    }
    return null;
  }

  /**
   * Where kernels read an integer tensor: batches from their copy, others from page-locked memory.
   */
  long address(Tensor integers) {
    DeviceBatch batch = holding(integers);
    return batch == null ? integers.data().address() : batch.address(integers);
  }

  /** Checks the first {@code count} entries on the host. */
  void checkIndices(String name, String what, Tensor indices, int count, int limit) {
    Require.indices(name, indices, count);
    DeviceBatch batch = holding(indices);
    int array = batch == null ? -1 : batch.indexArray(indices);
    if (batch == null || array < 0) {
      checkEach(what, indices, count, limit);
      return;
    }
    if (place(batch).current != batch) {
      throw new IllegalStateException(name + " are of a batch that was not uploaded last");
    }
    batch.checkIndices(array, what, limit);
    if (recorded != null) {
      recorded.add(new BatchCheck.Indices(array, what, limit));
    }
  }

  private void checkEach(String what, Tensor indices, int count, int limit) {
    if (count > 0 && !pinned.holds(indices.data())) {
      throw new IllegalArgumentException(
          what + " of " + indices + ", which is neither of a batch nor placed");
    }
    for (int i = 0; i < count; i++) {
      Require.index(what, indices.getInt(i), limit);
    }
  }

  /** Checks every block id that attention will read. */
  void checkBlocks(DeviceBatch batch, KvLayer cache, int window) {
    batch.checkBlocks(cache, window);
    if (recorded != null) {
      recorded.add(new BatchCheck.Blocks(cache, window));
    }
  }

  /** From here on notes what ops require of the batch. */
  void startRecording() {
    recorded = new LinkedHashSet<>();
  }

  /** Ends {@link #startRecording}; gives what was noted, every check once. */
  List<BatchCheck> stopRecording() {
    Set<BatchCheck> checks = recorded;
    recorded = null;
    return checks == null ? List.of() : List.copyOf(checks);
  }
}
