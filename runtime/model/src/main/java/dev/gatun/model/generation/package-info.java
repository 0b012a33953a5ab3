/**
 * Sampling defaults that a model directory recommends, read once at start. Immutable data for any
 * thread; imports nothing of Gatun but {@link dev.gatun.model.ModelLoadException}.
 */
@NullMarked
package dev.gatun.model.generation;

import org.jspecify.annotations.NullMarked;
