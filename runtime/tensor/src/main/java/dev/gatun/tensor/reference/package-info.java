/**
 * The reference backend: every op in scalar float32 Java, written to be read. It is the oracle that
 * judges the fast backends and it serves small models where no other backend runs.
 *
 * <p>The backend owns the memory it allocated, its scratch arrays and its worker threads. Ops are
 * called by one thread at a time; workers touch only the range of output that an op handed them and
 * are idle between ops. Every output element is computed by one thread in one fixed order, so
 * results depend neither on the number of threads nor on the other rows of a call. exp and tanh are
 * {@link java.lang.Math}'s, in double and rounded once.
 *
 * <p>This package imports nothing of Gatun but {@link dev.gatun.tensor}.
 */
@NullMarked
package dev.gatun.tensor.reference;

import org.jspecify.annotations.NullMarked;
