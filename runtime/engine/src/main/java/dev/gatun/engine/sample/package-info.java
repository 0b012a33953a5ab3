/**
 * From a row of logits to a token: penalties, temperature, filters, the draw, and
 * log-probabilities.
 *
 * <p>Works on float arrays with scratch storage claimed at start. Each object is used by one thread
 * at a time. Imports api alone.
 */
@NullMarked
package dev.gatun.engine.sample;

import org.jspecify.annotations.NullMarked;
