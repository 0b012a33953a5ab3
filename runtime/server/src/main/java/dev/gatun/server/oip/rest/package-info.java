/**
 * The REST wire of the Open Inference Protocol: JSON and binary tensor data, metadata, statistics
 * and the repository. Handlers run on a virtual thread per call and leave errors to the router.
 * Must not import gRPC.
 */
@NullMarked
package dev.gatun.server.oip.rest;

import org.jspecify.annotations.NullMarked;
