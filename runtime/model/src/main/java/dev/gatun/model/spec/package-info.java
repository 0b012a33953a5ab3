/**
 * Models as data: dimensions and block features that the generic decoder understands, our tensor
 * names and the rope table. Immutable, any thread. A feature is listed here only if the decoder
 * implements it. Knows neither files nor architectures.
 */
@NullMarked
package dev.gatun.model.spec;

import org.jspecify.annotations.NullMarked;
