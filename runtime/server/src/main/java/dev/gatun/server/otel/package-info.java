/**
 * OpenTelemetry: spans of calls and requests, exported with the SDK over OTLP. The only package
 * that knows the SDK beside the bridge of metrics; none of its classes, nor the SDK's, are loaded
 * unless an endpoint is configured. Spans are made on the threads of calls, exported on the SDK's
 * own; the engine thread has no part in it.
 */
@NullMarked
package dev.gatun.server.otel;

import org.jspecify.annotations.NullMarked;
