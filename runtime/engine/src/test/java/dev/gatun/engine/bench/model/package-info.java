/** What a model does on a backend, step by step, without scheduler and protocols. */
@NullMarked
package dev.gatun.engine.bench.model;

import org.jspecify.annotations.NullMarked;
