/**
 * Tensors on the wire of the Open Inference Protocol: datatypes, shapes, and the raw, typed and
 * JSON forms of their elements.
 *
 * <p>Inside the server a tensor is always raw: little-endian, row-major, without padding, so that
 * what came in can go out byte for byte. Everything here is immutable or a pure function, for any
 * thread, and fails with INVALID_ARGUMENT. Knows no model and neither gRPC nor HTTP.
 */
@NullMarked
package dev.gatun.server.oip.tensor;

import org.jspecify.annotations.NullMarked;
