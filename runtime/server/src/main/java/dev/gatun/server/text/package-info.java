/**
 * Text generation as every protocol needs it: prompt token ids, sampling fields and stop strings
 * in; {@link dev.gatun.server.text.TextEvent}s with text, tokens and counts out.
 *
 * <p>Detokenising, stop strings, constraints and the table of sampling fields live here once. A
 * {@link dev.gatun.server.text.TextStream} belongs to the thread that reads it, usually the virtual
 * thread of a call; everything else is immutable or thread-safe. Knows neither HTTP nor gRPC, and
 * no JSON but that of constraints.
 */
@NullMarked
package dev.gatun.server.text;

import org.jspecify.annotations.NullMarked;
