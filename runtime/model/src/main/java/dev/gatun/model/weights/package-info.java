/**
 * Weight files: safetensors, single or sharded, mapped read-only and never copied on the heap; the
 * weight map from our tensor names to those of the files. Everything a file says is checked before
 * it is used, for a model directory is input from outside.
 *
 * <p>Opened on the main thread at start; the mapped memory belongs to {@link
 * dev.gatun.model.weights.WeightFiles} and lives until that is closed, which must not happen before
 * the backend stopped reading it. Knows neither architectures nor the decoder.
 */
@NullMarked
package dev.gatun.model.weights;

import org.jspecify.annotations.NullMarked;
