/**
 * What the rest of Gatun sees of the engine: submit a validated {@link
 * dev.gatun.engine.api.GenerateRequest}, read its {@link dev.gatun.engine.api.TokenStream}, take a
 * {@link dev.gatun.engine.api.EngineSnapshot}.
 *
 * <p>Any thread may call the engine; streams are read by one thread each, usually a virtual thread
 * per call. Tokens are ids here: text, templates and stop strings belong to the server. Imports
 * nothing of scheduler, cache or tensors.
 */
@NullMarked
package dev.gatun.engine.api;

import org.jspecify.annotations.NullMarked;
