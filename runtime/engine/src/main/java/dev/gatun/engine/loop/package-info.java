/**
 * The engine as others see it: {@link dev.gatun.engine.loop.EngineLoop} admits requests on the
 * caller's thread and runs scheduler and model on its own, {@code gatun-engine}.
 *
 * <p>Callers reach the engine thread through one bounded command queue, the engine thread reaches
 * readers through per-request streams bounded by max_tokens; it never waits for either. Imports no
 * tensors and no model.
 */
@NullMarked
package dev.gatun.engine.loop;

import org.jspecify.annotations.NullMarked;
