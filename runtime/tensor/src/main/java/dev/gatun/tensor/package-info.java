/**
 * Layer 0: tensors over off-heap memory, the {@link dev.gatun.tensor.Backend} interface with its
 * {@link dev.gatun.tensor.Ops}, and the batch description that ops read.
 *
 * <p>Memory belongs to the backend that allocated it and lives until that backend is closed;
 * tensors are views and own nothing. Ops are called by one thread at a time. This package imports
 * nothing of Gatun.
 */
@NullMarked
package dev.gatun.tensor;

import org.jspecify.annotations.NullMarked;
