/**
 * The supported architectures, one small file each: the names in config.json it answers to, the
 * defaults of its configuration class, its {@link dev.gatun.model.spec.ModelSpec} and its weight
 * map. Pure data and pure functions, any thread. The only place that knows an architecture by name
 * or a tensor name of a file; imports neither decoder nor backend.
 */
@NullMarked
package dev.gatun.model.arch;

import org.jspecify.annotations.NullMarked;
