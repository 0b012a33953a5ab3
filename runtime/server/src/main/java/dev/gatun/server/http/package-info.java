/**
 * REST as handlers see it, the same over HTTP/1.1 and HTTP/2: a call with its body read and
 * bounded, answered whole or as a stream. Handlers run on a virtual thread per call and may block;
 * streams block while the client does not read. Nothing here knows Netty.
 */
@NullMarked
package dev.gatun.server.http;

import org.jspecify.annotations.NullMarked;
