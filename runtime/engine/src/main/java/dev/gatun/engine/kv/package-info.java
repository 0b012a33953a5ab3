/**
 * Bookkeeping of the paged KV cache: which block belongs to whom. Block contents are somebody
 * else's affair; everything here is ints.
 *
 * <p>Owned by the engine thread, no locks. Imports nothing of Gatun: neither tensors nor models nor
 * requests.
 */
@NullMarked
package dev.gatun.engine.kv;

import org.jspecify.annotations.NullMarked;
