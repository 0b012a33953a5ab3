/**
 * Models as the Open Inference Protocol sees them, apart from any wire: requests checked against a
 * model's inputs, one or several responses, statistics, and the registry of the models served.
 *
 * <p>The registry and statistics are thread-safe; a request is handled by one virtual thread, which
 * may block in a model. Must not import gRPC or HTTP.
 */
@NullMarked
package dev.gatun.server.oip.model;

import org.jspecify.annotations.NullMarked;
