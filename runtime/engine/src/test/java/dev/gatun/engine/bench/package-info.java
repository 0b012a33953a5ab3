/** Programs that measure, run by hand; no test asserts on a time. */
@NullMarked
package dev.gatun.engine.bench;

import org.jspecify.annotations.NullMarked;
