/**
 * The one generic decoder: runs any {@link dev.gatun.model.spec.ModelSpec} on any {@link
 * dev.gatun.tensor.Backend}, and the shape and memory of the paged KV cache it reads and writes.
 *
 * <p>Built once at start, when all memory is claimed; afterwards used by one thread at a time.
 * Memory belongs to the backend, weights to {@link dev.gatun.model.weights.ModelWeights}, which has
 * to outlive the decoder. Must not know architectures by name, files, or which backend it runs on.
 */
@NullMarked
package dev.gatun.model.decoder;

import org.jspecify.annotations.NullMarked;
