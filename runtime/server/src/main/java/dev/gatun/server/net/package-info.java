/**
 * The one port: HTTP/1.1, HTTP/2 (prior knowledge and h2c upgrade) and gRPC on one socket. A
 * connection is told apart by its first bytes, an HTTP/2 stream by its content type; gRPC streams
 * go to grpc-java, all others become {@link dev.gatun.server.http.HttpCall}s.
 *
 * <pre>
 * accept -> ProtocolDetector -+-> grpc-java's HTTP/2 handler -> Http2RestStreams -+-> gRPC
 *                             |                                                  +-> Calls
 *                             +-> HttpServerCodec -> Http1Connection ----------------> Calls
 * </pre>
 *
 * Connection state belongs to the connection's event loop; handlers run on a virtual thread per
 * call and meet the event loop in {@link dev.gatun.server.net.ResponseWriter} alone. grpc-java's
 * internal API is used in {@link dev.gatun.server.net.GrpcHooks} alone. Must not import protocol
 * packages, model or engine (but for its error codes).
 */
@NullMarked
package dev.gatun.server.net;

import org.jspecify.annotations.NullMarked;
