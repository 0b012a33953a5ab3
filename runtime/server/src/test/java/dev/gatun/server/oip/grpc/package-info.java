/** Tests of the gRPC wire over in-process channels. */
@NullMarked
package dev.gatun.server.oip.grpc;

import org.jspecify.annotations.NullMarked;
