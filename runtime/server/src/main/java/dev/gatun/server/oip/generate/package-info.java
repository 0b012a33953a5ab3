/**
 * The generate extension: one flat JSON object in, one out, or a stream of server-sent events. Keys
 * that name inputs of the model become tensors, others become parameters. Handlers run on a virtual
 * thread per call. Must not import gRPC.
 */
@NullMarked
package dev.gatun.server.oip.generate;

import org.jspecify.annotations.NullMarked;
