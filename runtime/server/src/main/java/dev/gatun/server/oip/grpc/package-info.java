/**
 * The gRPC wire of the Open Inference Protocol: messages to checked requests and back, unary and
 * streamed inference, health and reflection.
 *
 * <p>gRPC's callbacks never block: each inference runs on an executor of virtual threads. A stream
 * writes under one lock, in the order responses are ready.
 */
@NullMarked
package dev.gatun.server.oip.grpc;

import org.jspecify.annotations.NullMarked;
