/**
 * An interpreter for the part of Jinja that chat templates use, with Python's semantics, as Hugging
 * Face transformers compiles them: trim_blocks and lstrip_blocks on, loop controls, generation
 * blocks, autoescape off, and a sandbox in which nothing can be mutated but namespaces.
 *
 * <p>Templates come with models and are not trusted: there is no reflection, values are plain data,
 * and size, nesting, steps and text of a render are bounded by {@link
 * dev.gatun.model.jinja.Budget}. A parsed template is immutable and may be rendered by any number
 * of threads; all state of a render belongs to its thread. Imports nothing of Gatun.
 *
 * <p>Values are {@code None.NONE}, Boolean, Long, BigInteger (beyond 64 bits), Double, String,
 * List, {@code Tuple}, Map, and the objects that templates make: {@code Range}, {@code Generator},
 * {@code DictView}, {@code Namespace}, {@code Loop}, the callables, and {@code Undefined}. Null is
 * not a value in here.
 */
@NullMarked
package dev.gatun.model.jinja;

import org.jspecify.annotations.NullMarked;
