/**
 * Layer 2: what a model directory holds, from weights to chat template, and the generic decoder
 * that runs it on a {@link dev.gatun.tensor.Backend}. Loading happens once at start on the main
 * thread; afterwards the decoder belongs to the engine thread, and tokenizer and templates may be
 * used from any thread. Imports tensor alone.
 */
@NullMarked
package dev.gatun.model;

import org.jspecify.annotations.NullMarked;
