/**
 * Prometheus metrics under vLLM's names, so that dashboards and autoscalers keep working, and what
 * Gatun has beside. The only package that knows the Prometheus client. {@link MetricNames} has the
 * table of all of them. Histograms are fed by the engine thread and by calls; gauges and totals are
 * read from one engine snapshot per scrape, without a lock of the engine.
 */
@NullMarked
package dev.gatun.server.metrics;

import org.jspecify.annotations.NullMarked;
