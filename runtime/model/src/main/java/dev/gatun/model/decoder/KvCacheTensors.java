package dev.gatun.model.decoder;

import dev.gatun.tensor.Backend;
import dev.gatun.tensor.KvLayer;
import dev.gatun.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/** Allocates the KV cache of a model on a backend, which owns the memory. */
public final class KvCacheTensors {
  private KvCacheTensors() {}

  /**
   * One KvLayer per layer; together {@link KvCacheShape#bytes} bytes.
   *
   * @throws dev.gatun.tensor.BackendException if the memory cannot be had
   */
  public static List<KvLayer> allocate(Backend backend, KvCacheShape cache, int numBlocks) {
    Shape shape = cache.layerTensor(numBlocks);
    List<KvLayer> layers = new ArrayList<>(cache.numLayers());
    for (int layer = 0; layer < cache.numLayers(); layer++) {
      layers.add(
          new KvLayer(
              backend.allocate(cache.dtype(), shape, "KV cache keys of layer " + layer),
              backend.allocate(cache.dtype(), shape, "KV cache values of layer " + layer)));
    }
    return List.copyOf(layers);
  }

  /**
   * Host memory for blocks of the same shape, to swap to; as large as a cache of so many blocks.
   *
   * @throws dev.gatun.tensor.BackendException if the memory cannot be had
   */
  public static List<KvLayer> allocateHost(Backend backend, KvCacheShape cache, int numBlocks) {
    Shape shape = cache.layerTensor(numBlocks);
    List<KvLayer> layers = new ArrayList<>(cache.numLayers());
    for (int layer = 0; layer < cache.numLayers(); layer++) {
      layers.add(
          new KvLayer(
              backend.allocateHost(cache.dtype(), shape, "swap space keys of layer " + layer),
              backend.allocateHost(cache.dtype(), shape, "swap space values of layer " + layer)));
    }
    return List.copyOf(layers);
  }
}
