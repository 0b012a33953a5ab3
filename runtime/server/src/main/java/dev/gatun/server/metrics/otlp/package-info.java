/**
 * The metrics of {@link dev.gatun.server.metrics} as OpenTelemetry's data, for export over OTLP.
 * Loaded only where that is configured.
 */
@NullMarked
package dev.gatun.server.metrics.otlp;

import org.jspecify.annotations.NullMarked;
